/** Where k-means begins: k-means++ (Arthur and Vassilvitskii, SODA 2007) on unit vectors. */
import { setImmediate } from 'node:timers/promises';
import { type LongWork, stopIfAborted } from '../progress.ts';
import { type Random, shuffled } from '../random.ts';
import { cosine, rowCount, takeRows, type UnitVectors } from './unit-vectors.ts';

/** Vectors a cluster that seeds are drawn from: enough to meet every cluster, and few enough to compare with every seed. */
const DRAWN_PER_CLUSTER = 8;
/** Multiplications that may be spent on weighing several candidates for a seed: seconds. */
const MOST_MULTIPLICATIONS = 2e9;
/** Multiplications between two turns of the event loop: about a millisecond. */
const MULTIPLICATIONS_A_TURN = 1e6;

/**
 * Draws `k` rows as centroids, float32 [k, dim], each with a chance that grows with the square of its distance from
 * those drawn before; from a sample of 8·k rows where there are more. Of several that are drawn the one is taken that
 * leaves the others nearest to seeds (greedy k-means++), as many as there is time for. `k` is at most the number of rows.
 */
export async function seedCentroids(
  all: UnitVectors,
  k: number,
  random: Random,
  { onProgress, signal }: LongWork = {},
): Promise<Float32Array> {
  const { vectors, dim } = drawn(all, k * DRAWN_PER_CLUSTER, random);
  const candidates = candidatesFor(k, vectors.length);
  const seeds = [random.integer(vectors.length / dim)];
  let left: Float64Array = new Float64Array(vectors.length / dim).fill(4);
  left = shortened(left, vectors, dim, seeds[0]);
  let multiplied = 0;
  while (seeds.length < k) {
    const rows = Array.from({ length: candidates }, () => drawByWeight(left, random));
    const best = rows
      .map((row) => ({ row, after: shortened(left, vectors, dim, row) }))
      .reduce((a, b) => (total(b.after) < total(a.after) ? b : a));
    seeds.push(best.row);
    left = best.after;
    multiplied += vectors.length * candidates;
    if (multiplied < MULTIPLICATIONS_A_TURN) continue;
    multiplied = 0;
    onProgress?.({ stage: 'drawing first centroids', done: seeds.length, total: k });
    await setImmediate();
    stopIfAborted(signal);
  }
  return takeRows({ vectors, dim }, seeds);
}

/** 2 + ln k, as scikit-learn has it, where that does not take too long. */
function candidatesFor(k: number, numbers: number): number {
  const affordable = Math.floor(MOST_MULTIPLICATIONS / (k * numbers));
  return Math.max(1, Math.min(affordable, 2 + Math.floor(Math.log(k))));
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

/** Each row's squared distance from the nearest seed once `seed` is one of them; −1 for seeds. */
function shortened(
  squaredDistances: Float64Array,
  vectors: Float32Array,
  dim: number,
  seed: number,
): Float64Array {
  const after = squaredDistances.slice();
  for (let row = 0; row < after.length; row++) {
    const squared = Math.max(0, 2 - 2 * cosine(vectors, seed, vectors, row, dim));
    if (squared < after[row]) after[row] = squared;
  }
  after[seed] = -1;
  return after;
}

function total(weights: Float64Array): number {
  let sum = 0;
  for (const weight of weights) if (weight > 0) sum += weight;
  return sum;
}

/** A row by its weight, among those with one; where all that is left are copies of seeds, the first of them. */
function drawByWeight(weights: Float64Array, random: Random): number {
  const sum = total(weights);
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
