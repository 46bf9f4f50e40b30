/** Where k-means begins: k-means++ (Arthur and Vassilvitskii, SODA 2007) on unit vectors. */
import { setImmediate } from 'node:timers/promises';
import { type LongWork, stopIfAborted } from '../progress.ts';
import { type Random, shuffled } from '../random.ts';
import { cosine, rowCount, takeRows, type UnitVectors } from './unit-vectors.ts';

/** Vectors a cluster that seeds are drawn from: enough to meet every cluster, and few enough to compare with every seed. */
const DRAWN_PER_CLUSTER = 8;
/** Comparisons between two turns of the event loop: about a millisecond. */
const COMPARISONS_A_TURN = 10_000;

/**
 * Draws `k` rows as centroids, float32 [k, dim], each with a chance that grows with the square of its distance from
 * those drawn before; from a sample of 8·k rows where there are more. `k` must not be above the number of rows.
 */
export async function seedCentroids(
  all: UnitVectors,
  k: number,
  random: Random,
  { onProgress, signal }: LongWork = {},
): Promise<Float32Array> {
  const { vectors, dim } = drawn(all, k * DRAWN_PER_CLUSTER, random);
  const count = vectors.length / dim;
  const squaredDistances = new Float64Array(count).fill(1);
  const seeds: number[] = [];
  let compared = 0;
  while (seeds.length < k) {
    const seed = drawByWeight(squaredDistances, random);
    seeds.push(seed);
    if (seeds.length === 1) squaredDistances.fill(4);
    shorten(squaredDistances, vectors, dim, seed);
    compared += count;
    if (compared < COMPARISONS_A_TURN) continue;
    compared = 0;
    onProgress?.({ stage: 'drawing first centroids', done: seeds.length, total: k });
    await setImmediate();
    stopIfAborted(signal);
  }
  return takeRows({ vectors, dim }, seeds);
}

function drawn(all: UnitVectors, most: number, random: Random): UnitVectors {
  const count = rowCount(all);
  if (count <= most) return all;
  const rows = shuffled(
    Array.from({ length: count }, (_, row) => row),
    random,
  ).slice(0, most);
  return { vectors: takeRows(all, rows), dim: all.dim };
}

/** Takes the new seed into account: each row's squared distance from the nearest of all seeds, and −1 for a seed. */
function shorten(squaredDistances: Float64Array, vectors: Float32Array, dim: number, seed: number): void {
  for (let row = 0; row < squaredDistances.length; row++) {
    const squared = Math.max(0, 2 - 2 * cosine(vectors, seed, vectors, row, dim));
    if (squared < squaredDistances[row]) squaredDistances[row] = squared;
  }
  squaredDistances[seed] = -1;
}

/** A row by its weight, among those with one; where all that is left are copies of seeds, the first of them. */
function drawByWeight(weights: Float64Array, random: Random): number {
  let sum = 0;
  for (const weight of weights) if (weight > 0) sum += weight;
  if (sum === 0) return weights.indexOf(0);
  let rest = random.uniform() * sum;
  let drawn = -1;
  for (let row = 0; row < weights.length && rest >= 0; row++) {
    if (weights[row] <= 0) continue;
    drawn = row;
    rest -= weights[row];
  }
  return drawn;
}
