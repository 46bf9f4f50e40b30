/** What can be said of clusters by their vectors alone: centre, medoid, how close they hold together, which lie near which. */
import type { Comparisons } from '../matrix/open-products.ts';
import type { LongWork } from '../progress.ts';
import { cosine, toUnitLength, type UnitVectors } from './unit-vectors.ts';

export type ClusterShape = {
  /** The direction of the members' mean, float32 [dim]. */
  centroid: Float32Array;
  size: number;
  /** The row whose cosines to the other members sum to the most: the same as being nearest to the centroid. */
  medoid: number;
  /** The mean cosine of members and centroid. */
  cohesion: number;
  /** The least cosine of a member and the centroid. */
  reach: number;
  /** The clusters with the most similar centroids, most similar first. */
  nearest: { cluster: number; similarity: number }[];
};

const NEAREST = 5;

/** Of every cluster from 0 to the highest in `clusters`, none of them empty; vectors of −1 are in none. */
export async function clusterShapes(
  set: UnitVectors,
  clusters: Int32Array,
  products: Comparisons,
  work: LongWork = {},
): Promise<ClusterShape[]> {
  const centroids = centroidsOf(set, clusters);
  const shapes = Array.from({ length: centroids.length / set.dim }, (_, cluster) => ({
    ...emptyShape(),
    centroid: centroids.slice(cluster * set.dim, (cluster + 1) * set.dim),
  }));
  for (let row = 0; row < clusters.length; row++)
    if (clusters[row] >= 0)
      count(shapes[clusters[row]], row, cosine(set.vectors, row, centroids, clusters[row], set.dim));
  for (const shape of shapes) shape.cohesion /= shape.size;
  const among = products.neighbours({ queries: centroids, dim: set.dim }, NEAREST, work);
  for await (const { from, k, indices, similarities } of among) {
    for (let place = 0; place < indices.length; place++)
      shapes[from + Math.floor(place / k)].nearest.push({
        cluster: indices[place],
        similarity: similarities[place],
      });
  }
  return shapes.map(({ best: _, ...shape }) => shape);
}

type Growing = ClusterShape & { best: number };

function emptyShape(): Omit<Growing, 'centroid'> {
  return { size: 0, medoid: -1, cohesion: 0, reach: 1, nearest: [], best: -2 };
}

function count(shape: Growing, row: number, similarity: number): void {
  shape.size++;
  shape.cohesion += similarity;
  shape.reach = Math.min(shape.reach, similarity);
  if (similarity > shape.best) Object.assign(shape, { best: similarity, medoid: row });
}

function centroidsOf({ vectors, dim }: UnitVectors, clusters: Int32Array): Float32Array {
  const k = clusters.reduce((most, cluster) => Math.max(most, cluster), -1) + 1;
  const sums = new Float64Array(k * dim);
  for (let row = 0; row < clusters.length; row++)
    if (clusters[row] >= 0)
      for (let d = 0; d < dim; d++) sums[clusters[row] * dim + d] += vectors[row * dim + d];
  for (let cluster = 0; cluster < k; cluster++) toUnitLength(sums, cluster, dim);
  return Float32Array.from(sums);
}
