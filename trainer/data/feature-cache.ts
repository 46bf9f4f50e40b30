/**
 * Features of images under a frozen backbone, kept by content: an append-only file a backbone, in which each record is the
 * image's sha256 and its features. A record that was cut short by a crash is dropped and computed again.
 */
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

const HASH_BYTES = 32;

export class FeatureCache {
  readonly #file: FileHandle;
  readonly #features: Map<string, Float32Array>;

  private constructor(file: FileHandle, features: Map<string, Float32Array>) {
    this.#file = file;
    this.#features = features;
  }

  /** Opens or makes the cache; all features of it are read into memory. */
  static async open(path: string, dim: number): Promise<FeatureCache> {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(path, 'a+');
    const bytes = await file.readFile();
    const record = HASH_BYTES + dim * Float32Array.BYTES_PER_ELEMENT;
    const features = new Map<string, Float32Array>();
    const end = Math.floor(bytes.length / record) * record;
    for (let start = 0; start < end; start += record) {
      const vector = bytes.buffer.slice(
        bytes.byteOffset + start + HASH_BYTES,
        bytes.byteOffset + start + record,
      );
      features.set(bytes.toString('hex', start, start + HASH_BYTES), new Float32Array(vector as ArrayBuffer));
    }
    await file.truncate(end);
    return new FeatureCache(file, features);
  }

  get(contentHash: string): Float32Array | undefined {
    return this.#features.get(contentHash);
  }

  /** Adds features to memory and file. */
  async add(contentHash: string, features: Float32Array): Promise<void> {
    if (this.#features.has(contentHash)) return;
    const bytes = Buffer.from(features.buffer, features.byteOffset, features.byteLength);
    await this.#file.appendFile(Buffer.concat([Buffer.from(contentHash, 'hex'), bytes]));
    this.#features.set(contentHash, features);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
