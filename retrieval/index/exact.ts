/**
 * The exact twin of every other index: compares a query with each vector, in memory.
 * It is what the recall of an approximate index is measured against, and fast enough for tens of thousands of vectors.
 */
import { SinterError } from '../errors.ts';
import { createTopK } from './top-k.ts';
import { expectVectors, type Slot, type VectorIndex } from './vector-index.ts';

const FIRST_CAPACITY = 256;

/** An empty exact index of vectors of length `dim`; it takes 4 × dim bytes a vector, and up to twice that while it grows. */
export function createExactIndex(dim: number): VectorIndex {
  let vectors = new Float32Array(FIRST_CAPACITY * dim);
  let closed = false;
  const slotOfRow: Slot[] = [];
  const rowOfSlot = new Map<Slot, number>();

  const ready = () => {
    if (closed) throw new SinterError('bad-input', 'The index is closed.');
  };

  const put = (slot: Slot, vector: Float32Array) => {
    const row = rowOfSlot.get(slot) ?? slotOfRow.length;
    if ((row + 1) * dim > vectors.length) vectors = doubled(vectors);
    vectors.set(vector, row * dim);
    slotOfRow[row] = slot;
    rowOfSlot.set(slot, row);
  };

  // The last row moves into the hole, so that the rows in use stay the first ones.
  const drop = (slot: Slot) => {
    const row = rowOfSlot.get(slot);
    if (row === undefined) return;
    const last = slotOfRow.length - 1;
    vectors.copyWithin(row * dim, last * dim, (last + 1) * dim);
    slotOfRow[row] = slotOfRow[last];
    rowOfSlot.set(slotOfRow[row], row);
    slotOfRow.pop();
    rowOfSlot.delete(slot);
  };

  return {
    dim,
    size: () => slotOfRow.length,
    async add(slots, added) {
      ready();
      expectVectors(dim, slots.length, added);
      slots.forEach((slot, i) => {
        put(slot, added.subarray(i * dim, (i + 1) * dim));
      });
    },
    async remove(slots) {
      ready();
      slots.forEach(drop);
    },
    async search(query, k) {
      ready();
      expectVectors(dim, 1, query);
      const top = createTopK(k);
      slotOfRow.forEach((slot, row) => {
        top.offer(slot, dot(query, vectors, row * dim));
      });
      return top.best();
    },
    async slots() {
      ready();
      return slotOfRow.toSorted((a, b) => a - b);
    },
    async close() {
      closed = true;
    },
  };
}

function doubled(vectors: Float32Array): Float32Array<ArrayBuffer> {
  const more = new Float32Array(vectors.length * 2);
  more.set(vectors);
  return more;
}

function dot(query: Float32Array, vectors: Float32Array, offset: number): number {
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += query[i] * vectors[offset + i];
  return sum;
}
