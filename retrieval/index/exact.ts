/**
 * The exact twin of every other index: compares a query with each vector, in memory.
 * It is what the recall of an approximate index is measured against, and fast enough for tens of thousands of vectors.
 */
import { SinterError } from '../errors.ts';
import { createTopK } from './top-k.ts';
import { expectVectors, type Slot, type VectorIndex } from './vector-index.ts';
import { VectorTable } from './vector-table.ts';

/** An empty exact index of vectors of length `dim`; it takes 4 × dim bytes a vector. */
export function createExactIndex(dim: number): VectorIndex {
  const table = new VectorTable(dim);
  let closed = false;
  const slotOfRow: Slot[] = [];
  const rowOfSlot = new Map<Slot, number>();

  const ready = () => {
    if (closed) throw new SinterError('bad-input', 'The index is closed.');
  };

  const put = (slot: Slot, vector: Float32Array) => {
    const row = rowOfSlot.get(slot) ?? slotOfRow.length;
    table.set(row, vector);
    slotOfRow[row] = slot;
    rowOfSlot.set(slot, row);
  };

  // The last row moves into the hole, so that the rows in use stay the first ones.
  const drop = (slot: Slot) => {
    const row = rowOfSlot.get(slot);
    if (row === undefined) return;
    const last = slotOfRow.length - 1;
    table.set(row, table.view(last));
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
    async search(query, k, only) {
      ready();
      expectVectors(dim, 1, query);
      const top = createTopK(k);
      for (const slot of only ?? slotOfRow) {
        const row = rowOfSlot.get(slot as Slot);
        if (row !== undefined) top.offer(slot as Slot, table.dot(query, row));
      }
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
