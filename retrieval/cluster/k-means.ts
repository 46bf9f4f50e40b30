/**
 * k-means on the sphere (Dhillon and Modha, Machine Learning 42, 2001): k directions such that the vectors lie as near as
 * can be to the nearest of them. The comparisons run in the threads of `Comparisons`; knows nothing of items.
 */
import { setImmediate } from 'node:timers/promises';
import { SinterError } from '../errors.ts';
import type { Comparisons } from '../matrix/open-products.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import { seededRandom } from '../random.ts';
import { seedCentroids } from './seed-centroids.ts';
import { rowCount, takeRows, toUnitLength, type UnitVectors } from './unit-vectors.ts';

export type KMeansOptions = {
  /** Clusters, from 1 to the number of vectors. */
  k: number;
  seed: number;
  /** Most rounds of assigning and averaging, at least 1; default 25. It ends earlier when nothing moves any more. */
  iterations?: number;
  /** Beginnings from other seeds, of which the best is kept, at least 1; default 1. */
  restarts?: number;
};

export type KMeans = {
  /** Float32 [k, dim], unit length. */
  centroids: Float32Array;
  /** The cluster of each vector, 0 to k − 1; none is empty. */
  clusters: Int32Array;
  /** The cosine of each vector and its centroid. */
  similarities: Float32Array;
  /** The sum of `similarities`: what is made as large as can be. */
  objective: number;
  /** Rounds of the beginning that was kept. */
  iterations: number;
};

export const K_MEANS_DEFAULTS = { iterations: 25, restarts: 1 };

/** A round that adds less than this share to the objective is the last. */
const LEAST_GAIN = 1e-6;
/** Rows that are added up between two turns of the event loop. */
const ROWS_A_TURN = 8192;

/** Clusters unit vectors; the same seed gives the same clusters. Throws `bad-input` for a k out of range and `interrupted`. */
export async function kMeans(
  set: UnitVectors,
  { k, seed, iterations = K_MEANS_DEFAULTS.iterations, restarts = K_MEANS_DEFAULTS.restarts }: KMeansOptions,
  products: Comparisons,
  work: LongWork = {},
): Promise<KMeans> {
  const count = rowCount(set);
  if (!(Number.isInteger(k) && k >= 1 && k <= count))
    throw new SinterError(
      'bad-input',
      `Expected k to be a whole number from 1 to ${count}, the number of vectors; got ${k}.`,
    );
  let best: KMeans | undefined;
  for (let restart = 0; restart < restarts; restart++) {
    const random = seededRandom(seed, 'k-means', restart);
    const found = await descend(set, await seedCentroids(set, k, random, work), iterations, products, work);
    if (best === undefined || found.objective > best.objective) best = found;
  }
  return best as KMeans;
}

/** Assigns and averages in turns (Lloyd), from these centroids on. */
async function descend(
  set: UnitVectors,
  centroids: Float32Array,
  iterations: number,
  products: Comparisons,
  { onProgress, signal }: LongWork,
): Promise<KMeans> {
  let now = await assigned(set, centroids, products);
  let done = 0;
  while (done < iterations) {
    stopIfAborted(signal);
    const next = await assigned(set, await averaged(set, now), products);
    done++;
    onProgress?.({
      stage: 'k-means',
      done,
      total: iterations,
      note: `cohesion ${(next.objective / next.clusters.length).toFixed(4)}`,
    });
    const gain = next.objective - now.objective;
    if (gain > 0) now = next;
    if (gain < LEAST_GAIN * Math.abs(now.objective)) break;
  }
  return { ...now, iterations: done };
}

type Assigned = Omit<KMeans, 'iterations'>;

async function assigned(set: UnitVectors, centroids: Float32Array, products: Comparisons): Promise<Assigned> {
  const { indices: clusters, similarities } = await products.assign(set.vectors, centroids, set.dim);
  fillEmpty(set, centroids, clusters, similarities);
  let objective = 0;
  for (const similarity of similarities) objective += similarity;
  return { centroids, clusters, similarities, objective };
}

/** The directions of the clusters' means. A cluster whose vectors cancel out keeps its centroid. */
async function averaged(
  { vectors, dim }: UnitVectors,
  { centroids, clusters }: Assigned,
): Promise<Float32Array> {
  const sums = new Float32Array(centroids.length);
  for (let row = 0; row < clusters.length; row++) {
    const to = clusters[row] * dim;
    const from = row * dim;
    for (let d = 0; d < dim; d++) sums[to + d] += vectors[from + d];
    if (row % ROWS_A_TURN === ROWS_A_TURN - 1) await setImmediate();
  }
  for (let cluster = 0; cluster < sums.length / dim; cluster++) {
    if (toUnitLength(sums, cluster, dim) > 0) continue;
    sums.set(centroids.subarray(cluster * dim, (cluster + 1) * dim), cluster * dim);
  }
  return sums;
}

/**
 * Gives each empty cluster the vector that lies farthest from its own centroid and is not alone there, in place:
 * that loses nothing, for the vector then is its own centroid.
 */
function fillEmpty(
  set: UnitVectors,
  centroids: Float32Array,
  clusters: Int32Array,
  similarities: Float32Array,
): void {
  const sizes = new Int32Array(centroids.length / set.dim);
  for (const cluster of clusters) sizes[cluster]++;
  const empty = Array.from(sizes.keys()).filter((cluster) => sizes[cluster] === 0);
  if (empty.length === 0) return;
  const farthest = Array.from(clusters.keys()).sort((a, b) => similarities[a] - similarities[b] || a - b);
  for (const row of farthest) {
    if (sizes[clusters[row]] < 2) continue;
    const cluster = empty.pop();
    if (cluster === undefined) return;
    sizes[clusters[row]]--;
    sizes[cluster] = 1;
    clusters[row] = cluster;
    similarities[row] = 1;
    centroids.set(takeRows(set, [row]), cluster * set.dim);
  }
}
