/** Neighbours of many queries in one array, which crosses between threads at a fraction of what objects cost. */
import type { Neighbour, Slot } from './vector-index.ts';

/** `pairs`: slot and similarity in turn, query after query; `counts`: how many neighbours each query has. */
export type PackedNeighbours = { pairs: Float64Array<ArrayBuffer>; counts: number[] };

export function packNeighbours(found: Neighbour[][]): PackedNeighbours {
  const counts = found.map(({ length }) => length);
  const pairs = new Float64Array(2 * counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (const neighbours of found) {
    for (const { slot, similarity } of neighbours) {
      pairs[at++] = slot;
      pairs[at++] = similarity;
    }
  }
  return { pairs, counts };
}

export function unpackNeighbours({ pairs, counts }: PackedNeighbours): Neighbour[][] {
  let at = 0;
  return counts.map((count) =>
    Array.from({ length: count }, () => ({ slot: pairs[at++] as Slot, similarity: pairs[at++] })),
  );
}
