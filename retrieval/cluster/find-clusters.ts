/** Clusters by either method, told in one shape: members with their confidences, and what the clusters are like. */
import type { Comparisons } from '../matrix/open-products.ts';
import type { LongWork } from '../progress.ts';
import { type ChosenK, chooseK } from './choose-k.ts';
import { type ClusterShape, clusterShapes } from './cluster-shapes.ts';
import { COMPARED_DIRECTIONS, concentrationOf, shareOfFirst } from './confidence.ts';
import { type DensityOptions, densityClusters } from './density.ts';
import { type KMeans, kMeans } from './k-means.ts';
import type { UnitVectors } from './unit-vectors.ts';

export type ClusterMethod =
  /** Without `k` it is chosen. */
  | { name: 'k-means'; k?: number; seed: number; iterations?: number; restarts?: number }
  | ({ name: 'density' } & DensityOptions);

export type FoundCluster = ClusterShape & {
  /** Of a density cluster: the distance at which it came apart from the rest, and the least at which something left it. */
  extent?: { widest: number; densest: number };
};

export type FoundClusters = {
  /** The cluster of each vector, 0 to k − 1; −1 for none, which only density clusters leave. */
  members: Int32Array;
  /** How sure that is, 0 to 1. */
  confidences: Float32Array;
  clusters: FoundCluster[];
  /** Of density clusters: the distance within which each vector has its neighbours. */
  coreDistances?: Float64Array;
  /** Where k was chosen: what was tried. */
  chosen?: ChosenK;
};

/** Throws `bad-input` for an option out of range and `interrupted`. */
export async function findClusters(
  set: UnitVectors,
  method: ClusterMethod,
  products: Comparisons,
  work: LongWork = {},
): Promise<FoundClusters> {
  if (method.name === 'density') return findByDensity(set, method, products, work);
  const chosen = method.k === undefined ? await chooseK(set, method.seed, products, work) : undefined;
  const found = await kMeans(set, { ...method, k: method.k ?? (chosen as ChosenK).k }, products, work);
  return {
    members: found.clusters,
    confidences: await sharesOf(set, found, products),
    clusters: await clusterShapes(set, found.clusters, products),
    ...(chosen && { chosen }),
  };
}

async function findByDensity(
  set: UnitVectors,
  options: DensityOptions,
  products: Comparisons,
  work: LongWork,
): Promise<FoundClusters> {
  const { clusters: members, extents, ...found } = await densityClusters(set, options, products, work);
  const shapes = await clusterShapes(set, members, products);
  return { members, ...found, clusters: shapes.map((shape, i) => ({ ...shape, extent: extents[i] })) };
}

/** Of each vector in its own cluster, among the nearest ones. */
async function sharesOf(set: UnitVectors, found: KMeans, products: Comparisons): Promise<Float32Array> {
  const concentration = concentrationOf(found.objective / found.clusters.length, set.dim);
  const shares = new Float32Array(found.clusters.length);
  const sets = { queries: set.vectors, references: found.centroids, dim: set.dim };
  for await (const { from, count, k, similarities } of products.neighbours(sets, COMPARED_DIRECTIONS)) {
    for (let i = 0; i < count; i++)
      shares[from + i] = shareOfFirst(similarities.subarray(i * k, (i + 1) * k), concentration);
  }
  return shares;
}
