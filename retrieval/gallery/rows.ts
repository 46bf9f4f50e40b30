/** What the rows of a gallery's database mean. Knows no SQL. */
import type { Item, ItemId } from './item.ts';

type ItemRow = {
  id: ItemId;
  source: string;
  root: string | null;
  content_hash: string;
  label: string | null;
  metadata: string;
  size_bytes: number;
  updated_at: string;
};

export function toItem(row: unknown): Item | undefined {
  if (row === undefined) return undefined;
  const { id, source, root, content_hash, label, metadata, size_bytes, updated_at } = row as ItemRow;
  const rest = { label, metadata: JSON.parse(metadata), sizeBytes: size_bytes, updatedAt: updated_at };
  return { id, source, ...(root !== null && { root }), contentHash: content_hash, ...rest };
}

/** libsql gives a blob as a `Buffer` of any alignment or as an `ArrayBuffer`; either becomes an array of its own. */
export function toVector(row: unknown): Float32Array | undefined {
  if (row === undefined) return undefined;
  return new Float32Array(
    new Uint8Array((row as { vector: Buffer | ArrayBuffer }).vector).buffer as ArrayBuffer,
  );
}
