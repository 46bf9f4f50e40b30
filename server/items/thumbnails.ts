/** Small versions of gallery images, made when asked for and kept in memory while there is room. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { SinterError } from '../../retrieval/errors.ts';
import type { Item } from '../../retrieval/gallery/item.ts';
import { imageFormat, requireReadableFormat } from '../../retrieval/image/format.ts';

const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;
const MAX_PIXELS = 100_000_000;

/** The resolution at which librsvg draws an SVG in its own size, and the highest it takes. */
const SVG_DPI = 72;
const MAX_DPI = 100_000;

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
      return this.#keep(key, await shrink(await this.#read(item), size, item));
    } finally {
      this.#making.delete(key);
    }
  }

  async #read(item: Item): Promise<Buffer> {
    const bytes = await readFile(item.source);
    requireReadableFormat(bytes, this.#allowSvg);
    return bytes;
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

async function shrink(bytes: Buffer, size: number, item: Item): Promise<Buffer> {
  try {
    const density = imageFormat(bytes) === 'svg' ? await densityFor(bytes, size) : undefined;
    return await sharp(bytes, { autoOrient: true, limitInputPixels: MAX_PIXELS, ...(density && { density }) })
      .resize(size, size, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 82, effort: 2 })
      .toBuffer();
  } catch (error) {
    throw new SinterError('bad-image', `The image file of the item "${item.id}" is damaged.`, {
      cause: error,
    });
  }
}

/** An SVG has no pixels of its own: it is drawn at the size that is asked for. */
async function densityFor(svg: Buffer, size: number): Promise<number> {
  const { width = size, height = size } = await sharp(svg).metadata();
  return Math.min(MAX_DPI, Math.max(1, (SVG_DPI * size) / Math.max(width, height)));
}
