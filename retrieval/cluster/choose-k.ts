/** How many clusters k-means should make, where nobody knows: the number whose clusters have the best silhouette. */
import { SinterError } from '../errors.ts';
import type { Comparisons } from '../matrix/open-products.ts';
import type { LongWork } from '../progress.ts';
import { seededRandom, shuffled } from '../random.ts';
import { kMeans } from './k-means.ts';
import { meanSilhouette } from './silhouette.ts';
import { rowCount, takeRows, type UnitVectors } from './unit-vectors.ts';

/** Vectors that numbers are tried on; of more, so many are drawn. */
const TRIED_ON = 10_000;
/** From one number of the first round to the next; the second round tries the numbers between. */
const STEP = 1.5;
const FINE_STEP = 1.1;
/** Enough to tell numbers apart. */
const ITERATIONS = 10;

/** The chosen number, and the silhouette of every number that was tried, by rising k. */
export type ChosenK = { k: number; tried: { k: number; silhouette: number }[] };

/**
 * Tries numbers from 2 to half of the vectors, first in steps of a half and then finer around the best. The same seed
 * chooses the same. Throws `bad-input` for fewer than four vectors.
 */
export async function chooseK(
  all: UnitVectors,
  seed: number,
  products: Comparisons,
  { onProgress, signal }: LongWork = {},
): Promise<ChosenK> {
  const set = sample(all, seed);
  const most = Math.floor(rowCount(set) / 2);
  if (most < 2)
    throw new SinterError(
      'bad-input',
      `Expected at least four vectors to choose k for, got ${rowCount(all)}. Give a k.`,
    );
  const work = signal ? { signal } : {};
  const tried = new Map<number, number>();
  const tryAll = async (ks: number[], stage: string) => {
    for (const [i, k] of ks.entries()) {
      onProgress?.({ stage, done: i, total: ks.length, note: `k ${k}` });
      const { clusters } = await kMeans(set, { k, seed, iterations: ITERATIONS }, products, work);
      tried.set(k, await meanSilhouette(set, clusters, products, work));
    }
  };
  await tryAll(between(2, most, STEP), 'choosing k');
  const best = bestOf(tried);
  const [low, high] = [Math.ceil(best / STEP), Math.min(most, Math.floor(best * STEP))];
  await tryAll(
    between(Math.max(2, low), high, FINE_STEP).filter((k) => !tried.has(k)),
    'choosing k, finely',
  );
  const inOrder = [...tried].sort(([a], [b]) => a - b);
  return { k: bestOf(tried), tried: inOrder.map(([k, silhouette]) => ({ k, silhouette })) };
}

function sample(all: UnitVectors, seed: number): UnitVectors {
  const count = rowCount(all);
  if (count <= TRIED_ON) return all;
  const rows = shuffled([...Array(count).keys()], seededRandom(seed, 'choose-k')).slice(0, TRIED_ON);
  return { vectors: takeRows(all, rows), dim: all.dim };
}

/** Whole numbers from low to high, each the step times the one before. */
function between(low: number, high: number, step: number): number[] {
  const numbers = new Set<number>();
  for (let k = low; k < high; k = Math.max(k + 1, k * step)) numbers.add(Math.round(k));
  return [...numbers, high].filter((k, i, all) => k <= high && all.indexOf(k) === i);
}

/** The k of the largest silhouette, the lower of equal ones. */
function bestOf(tried: Map<number, number>): number {
  return [...tried].sort(([a, x], [b, y]) => y - x || a - b)[0][0];
}
