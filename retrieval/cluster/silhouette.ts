/**
 * How well clusters lie apart: the mean silhouette (Rousseeuw, J. Comput. Appl. Math. 20, 1987) by cosine distance, exactly
 * and without comparing all with all. For the mean distance of a unit vector from a cluster is 1 minus its product with the mean.
 */
import type { Comparisons } from '../matrix/open-products.ts';
import type { LongWork } from '../progress.ts';
import { rowCount, type UnitVectors } from './unit-vectors.ts';

/** The mean over all vectors of (b − a) / max(a, b), −1 to 1; a vector alone in its cluster counts 0. At least two clusters. */
export async function meanSilhouette(
  set: UnitVectors,
  clusters: Int32Array,
  products: Comparisons,
  work: LongWork = {},
): Promise<number> {
  const { means, sizes } = meansOf(set, clusters);
  const sets = { queries: set.vectors, references: means, dim: set.dim };
  let sum = 0;
  for await (const { from, count, k, indices, similarities } of products.neighbours(sets, 2, work)) {
    for (let i = 0; i < count; i++) {
      const own = clusters[from + i];
      const other = indices[i * k] === own ? i * k + 1 : i * k;
      const toOwn = productWith(set.vectors, from + i, means, own, set.dim);
      sum += silhouette(toOwn, similarities[other], sizes[own]);
    }
  }
  return sum / rowCount(set);
}

/** @param toOwn the product with the mean of its own cluster, in which the vector itself counts too. */
function silhouette(toOwn: number, toOther: number, size: number): number {
  if (size < 2) return 0;
  const within = Math.max(0, 1 - (size * toOwn - 1) / (size - 1));
  const between = Math.max(0, 1 - toOther);
  const larger = Math.max(within, between);
  return larger === 0 ? 0 : (between - within) / larger;
}

function meansOf(
  { vectors, dim }: UnitVectors,
  clusters: Int32Array,
): { means: Float32Array; sizes: Int32Array } {
  const count = clusters.reduce((most, cluster) => Math.max(most, cluster), -1) + 1;
  const sizes = new Int32Array(count);
  const means = new Float32Array(count * dim);
  for (let row = 0; row < clusters.length; row++) {
    sizes[clusters[row]]++;
    for (let d = 0; d < dim; d++) means[clusters[row] * dim + d] += vectors[row * dim + d];
  }
  for (let at = 0; at < means.length; at++) means[at] /= sizes[Math.floor(at / dim)];
  return { means, sizes };
}

function productWith(
  vectors: Float32Array,
  row: number,
  means: Float32Array,
  cluster: number,
  dim: number,
): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += vectors[row * dim + d] * means[cluster * dim + d];
  return sum;
}
