/** The exact nearest neighbours of many vectors at once, which metrics are computed from. Knows nothing of labels. */
import type { VectorSets } from '../matrix/open-products.ts';
import { sharedProducts } from '../matrix/shared-products.ts';
import type { LongWork } from '../progress.ts';

/** `indices` int32 and `similarities` float32 are both [n, k], nearest first; ties come by lower index. */
export type Neighbours = { k: number; indices: Int32Array; similarities: Float32Array };

/**
 * Finds for each query the min(k, references) nearest by cosine. All of them are in memory at once, 8 bytes each: for a
 * large k take `sharedProducts`, which hands them out in blocks.
 * Throws `bad-input` for lengths that do not fit and `interrupted`.
 */
export async function nearestNeighbours(
  sets: VectorSets,
  k: number,
  work: LongWork = {},
): Promise<Neighbours> {
  const { neighbours } = await sharedProducts();
  let found: Neighbours | undefined;
  for await (const block of neighbours(sets, k, work)) {
    found ??= emptyNeighbours(sets.queries.length / sets.dim, block.k);
    found.indices.set(block.indices, block.from * block.k);
    found.similarities.set(block.similarities, block.from * block.k);
  }
  return found ?? emptyNeighbours(0, 0);
}

function emptyNeighbours(count: number, k: number): Neighbours {
  return { k, indices: new Int32Array(count * k), similarities: new Float32Array(count * k) };
}
