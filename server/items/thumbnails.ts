/** Small versions of gallery images, made when asked for and kept in memory while there is room. */
import { readFile } from 'node:fs/promises';
import { SinterError } from '../../retrieval/errors.ts';
import type { Item } from '../../retrieval/gallery/item.ts';
import { decoders } from '../../retrieval/image/decoders.ts';

const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;

export class Thumbnails {
  readonly #allowSvg: boolean;
  readonly #maxBytes: number;
  readonly #made = new Map<string, Buffer>();
  readonly #making = new Map<string, Promise<Buffer>>();
  #bytes = 0;

  /** SVG is drawn where `allowSvg`. At most `maxBytes` of thumbnails are kept in memory; default 32 MiB. */
  constructor(allowSvg: boolean, maxBytes = DEFAULT_MAX_BYTES) {
    this.#allowSvg = allowSvg;
    this.#maxBytes = maxBytes;
  }

  /**
   * A webp of the item's image that fits into `size` × `size` pixels, never enlarged, transparency kept.
   * Throws `bad-image` for a file that cannot be decoded, and the file system's error for one that cannot be read.
   */
  of(item: Item, size: number): Promise<Buffer> {
    const key = `${item.contentHash}-${size}`;
    const made = this.#made.get(key);
    if (made) return Promise.resolve(this.#keep(key, made));
    const making = this.#making.get(key) ?? this.#make(key, item, size);
    this.#making.set(key, making);
    return making;
  }

  async #make(key: string, item: Item, size: number): Promise<Buffer> {
    try {
      return this.#keep(key, await this.#shrink(item, size));
    } finally {
      this.#making.delete(key);
    }
  }

  async #shrink({ id, source }: Item, size: number): Promise<Buffer> {
    const bytes = await readFile(source);
    try {
      // A copy: what comes from another process may be a part of a larger buffer.
      return Buffer.from(await decoders.shrink(bytes, size, { allowSvg: this.#allowSvg }));
    } catch (error) {
      if (!(error instanceof SinterError) || error.code !== 'bad-image') throw error;
      throw new SinterError('bad-image', `The image file of the item "${id}" is damaged.`, { cause: error });
    }
  }

  /** Puts the thumbnail last in line to be dropped, and drops the first in line while there are too many. */
  #keep(key: string, webp: Buffer): Buffer {
    this.#drop(key);
    this.#made.set(key, webp);
    this.#bytes += webp.length;
    for (const oldest of this.#made.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#drop(oldest);
    }
    return webp;
  }

  #drop(key: string): void {
    this.#bytes -= this.#made.get(key)?.length ?? 0;
    this.#made.delete(key);
  }
}
