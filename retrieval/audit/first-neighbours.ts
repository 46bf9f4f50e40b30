/** The first few neighbours of each query, kept while the blocks of a long search go by. */
import type { NeighbourBlock } from '../matrix/open-products.ts';

/** So many are shown beside a query. */
const KEPT = 6;

export class FirstNeighbours {
  /** [n, KEPT]: rows of references, −1 beyond the last. */
  readonly indices: Int32Array;
  /** [n, KEPT], nearest first. */
  readonly similarities: Float32Array;

  constructor(queries: number) {
    this.indices = new Int32Array(queries * KEPT).fill(-1);
    this.similarities = new Float32Array(queries * KEPT);
  }

  look({ from, count, k, indices, similarities }: NeighbourBlock): void {
    const kept = Math.min(k, KEPT);
    for (let row = 0; row < count; row++) {
      const place = (from + row) * KEPT;
      this.indices.set(indices.subarray(row * k, row * k + kept), place);
      this.similarities.set(similarities.subarray(row * k, row * k + kept), place);
    }
  }

  /** The first neighbours of a query; fewer where there are fewer references. */
  of(query: number): { index: number; similarity: number }[] {
    const place = query * KEPT;
    return Array.from(this.indices.subarray(place, place + KEPT), (index, rank) => ({
      index,
      similarity: this.similarities[place + rank] as number,
    })).filter(({ index }) => index >= 0);
  }
}
