/**
 * Groups of near duplicates: vectors more alike than a threshold, joined only while any two of a group are alike enough,
 * so that no chain of small steps swallows a gallery. Knows nothing of images.
 */
import { setImmediate } from 'node:timers/promises';
import { SinterError } from '../errors.ts';
import type { Comparisons } from '../matrix/open-products.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import { cosine, takeRows, type UnitVectors } from './unit-vectors.ts';

export type DuplicateOptions = {
  /** The cosine from which two vectors count as near duplicates, 0 to 1. */
  threshold: number;
  /** The least cosine of any two in a group, at most `threshold`; default 2·threshold − 1: √2 times as far apart. */
  cohesion?: number;
};

/** Rows, ascending; at least two. `cohesion` is the least cosine of any two of them. */
export type DuplicateGroup = { rows: number[]; cohesion: number };

/** Duplicates that are looked up of each vector; of more, the nearest are, and groups are joined by them. */
const LOOKED_UP = 20;
const COMPARISONS_A_TURN = 10_000;

/** The groups, the most alike first. Throws `bad-input` for a threshold out of range and `interrupted`. */
export async function nearDuplicates(
  set: UnitVectors,
  { threshold, cohesion = 2 * threshold - 1 }: DuplicateOptions,
  products: Comparisons,
  work: LongWork = {},
): Promise<DuplicateGroup[]> {
  checkLimits(threshold, cohesion);
  const copies = equalRows(set);
  const distinct = {
    vectors: takeRows(
      set,
      copies.map(([first]) => first),
    ),
    dim: set.dim,
  };
  const pairs = await similarPairs(distinct, threshold, products, work);
  const groups = await joinPairs(distinct, pairs, cohesion, work);
  return groups
    .map(({ rows, cohesion }) => ({
      rows: rows.flatMap((row) => copies[row]).sort((a, b) => a - b),
      cohesion,
    }))
    .filter(({ rows }) => rows.length > 1)
    .sort((a, b) => b.cohesion - a.cohesion || a.rows[0] - b.rows[0]);
}

function checkLimits(threshold: number, cohesion: number): void {
  if (!(threshold >= 0 && threshold <= 1))
    throw new SinterError('bad-input', `Expected a threshold from 0 to 1, got ${threshold}.`);
  if (!(cohesion >= -1 && cohesion <= threshold))
    throw new SinterError(
      'bad-input',
      `Expected a cohesion from -1 to the threshold, ${threshold}; got ${cohesion}.`,
    );
}

/** Rows with equal numbers together: however many copies there are, they are compared once. */
function equalRows({ vectors, dim }: UnitVectors): number[][] {
  const groups = new Map<string, number[]>();
  for (let row = 0; row < vectors.length / dim; row++) {
    const bytes = Buffer.from(vectors.buffer, vectors.byteOffset + row * dim * 4, dim * 4).toString('latin1');
    const group = groups.get(bytes);
    if (group) group.push(row);
    else groups.set(bytes, [row]);
  }
  return [...groups.values()];
}

type Pair = { a: number; b: number; similarity: number };

/** The most similar first. */
async function similarPairs(
  { vectors, dim }: UnitVectors,
  threshold: number,
  products: Comparisons,
  work: LongWork,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  const blocks = products.neighbours({ queries: vectors, dim }, LOOKED_UP, work);
  for await (const { from, k, indices, similarities } of blocks) {
    for (let place = 0; place < indices.length; place++) {
      const a = from + Math.floor(place / k);
      const [b, similarity] = [indices[place], similarities[place]];
      if (similarity >= threshold) pairs.push({ a: Math.min(a, b), b: Math.max(a, b), similarity });
    }
  }
  return pairs.sort((x, y) => y.similarity - x.similarity || x.a - y.a || x.b - y.b);
}

/** Joins groups pair by pair, each time all of the one with all of the other, or not at all (complete linkage). */
async function joinPairs(
  set: UnitVectors,
  pairs: Pair[],
  cohesion: number,
  { onProgress, signal }: LongWork,
): Promise<DuplicateGroup[]> {
  const groups: DuplicateGroup[] = Array.from({ length: set.vectors.length / set.dim }, (_, row) => ({
    rows: [row],
    cohesion: 1,
  }));
  let compared = 0;
  for (const [i, { a, b }] of pairs.entries()) {
    const [one, other] = [groups[a], groups[b]];
    if (one === other) continue;
    compared += one.rows.length * other.rows.length;
    const least = leastSimilarity(set, one.rows, other.rows, cohesion);
    if (least >= cohesion) {
      const joined = {
        rows: [...one.rows, ...other.rows],
        cohesion: Math.min(one.cohesion, other.cohesion, least),
      };
      for (const row of joined.rows) groups[row] = joined;
    }
    if (compared < COMPARISONS_A_TURN) continue;
    compared = 0;
    onProgress?.({ stage: 'joining duplicates', done: i + 1, total: pairs.length });
    await setImmediate();
    stopIfAborted(signal);
  }
  return [...new Set(groups)];
}

/** The least cosine between the two; anything below `enough` where there is one. */
function leastSimilarity(
  { vectors, dim }: UnitVectors,
  some: number[],
  others: number[],
  enough: number,
): number {
  let least = 1;
  for (const a of some) {
    for (const b of others) {
      const similarity = cosine(vectors, a, vectors, b, dim);
      if (similarity < enough) return similarity;
      least = Math.min(least, similarity);
    }
  }
  return least;
}
