/** What the rows of a gallery's database mean. Knows no SQL. */
import { isAbsolute, join, relative, sep } from 'node:path';
import type { Item, ItemId } from './item.ts';

export type ItemRow = {
  key: number;
  id: ItemId;
  source: string;
  root: string | null;
  content_hash: string;
  label: string | null;
  metadata: string;
  size_bytes: number;
  updated_at: string;
};

/** The item of a row; a `source` within the gallery's own folder is kept relative to it, so that a gallery can be moved. */
export function toItem(row: ItemRow, galleryFolder: string): Item {
  const { id, source, root, content_hash, label, metadata, size_bytes, updated_at } = row;
  const rest = { label, metadata: JSON.parse(metadata), sizeBytes: size_bytes, updatedAt: updated_at };
  const path = isAbsolute(source) ? source : join(galleryFolder, source);
  return { id, source: path, ...(root !== null && { root }), contentHash: content_hash, ...rest };
}

/** How a source is kept in a row: see `toItem`. */
export function toSource(path: string, galleryFolder: string): string {
  if (!path.startsWith(galleryFolder + sep)) return path;
  return relative(galleryFolder, path).split(sep).join('/');
}

/** libsql gives a blob as a `Buffer` of any alignment or as an `ArrayBuffer`; either becomes an array of its own. */
export function toVector({ vector }: { vector: Buffer | ArrayBuffer }): Float32Array<ArrayBuffer> {
  return new Float32Array(new Uint8Array(vector).buffer as ArrayBuffer);
}

export function toBytes(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
