/** Keeps the k most similar of many slots without sorting them all. Knows nothing of where they come from. */
import type { Neighbour, Slot } from './vector-index.ts';

export type TopK = {
  /** Takes a slot into account; `similarity` may lie a rounding error outside -1 to 1. */
  offer(slot: Slot, similarity: number): void;
  /** The best so far, most similar first, ties by lower slot. */
  best(): Neighbour[];
};

/** A heap of at most `k` (≥ 1) slots with the worst on top: an offer costs O(log k), and mostly a single comparison. */
export function createTopK(k: number): TopK {
  const heap: Neighbour[] = [];
  return {
    offer(slot, similarity) {
      if (heap.length < k) {
        heap.push({ slot, similarity });
        siftUp(heap);
      } else if (similarity >= heap[0].similarity && isBetter({ slot, similarity }, heap[0])) {
        heap[0] = { slot, similarity };
        siftDown(heap);
      }
    },
    best: () => heap.toSorted((a, b) => (isBetter(a, b) ? -1 : 1)).map(clamp),
  };
}

/** Whether `a` goes before `b`. */
export function isBetter(a: Neighbour, b: Neighbour): boolean {
  return a.similarity === b.similarity ? a.slot < b.slot : a.similarity > b.similarity;
}

function siftUp(heap: Neighbour[]): void {
  let child = heap.length - 1;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (isBetter(heap[child], heap[parent])) return;
    swap(heap, child, parent);
    child = parent;
  }
}

function siftDown(heap: Neighbour[]): void {
  let parent = 0;
  while (true) {
    const left = 2 * parent + 1;
    if (left >= heap.length) return;
    const right = left + 1;
    const worse = right < heap.length && isBetter(heap[left], heap[right]) ? right : left;
    if (isBetter(heap[worse], heap[parent])) return;
    swap(heap, parent, worse);
    parent = worse;
  }
}

function swap(heap: Neighbour[], a: number, b: number): void {
  [heap[a], heap[b]] = [heap[b], heap[a]];
}

function clamp({ slot, similarity }: Neighbour): Neighbour {
  return { slot, similarity: Math.max(-1, Math.min(1, similarity)) };
}
