/** Recall@k and precision@k, by which embeddings are judged here. Knows vectors and labels, not images and models. */
import { SinterError } from '../errors.ts';
import type { VectorSets } from '../matrix/open-products.ts';
import type { LongWork } from '../progress.ts';
import { type Neighbours, nearestNeighbours } from './nearest-neighbours.ts';

export type Label = string | number;

/** Labels stand in the order of the vectors' rows; `referenceLabels` exactly where there are `references`. */
export type LabelledVectors = VectorSets & {
  queryLabels: readonly Label[];
  referenceLabels?: readonly Label[];
  /** For which k, each from 1 up. */
  ks: readonly number[];
};

export type RecallReport = {
  /** `open`: all against each other, each without itself; `closed`: queries among references. */
  protocol: 'open' | 'closed';
  /** For each k: the share of queries with one of their own class among the k nearest, 0 to 1. */
  recall: Record<string, number>;
  /** For each k: the mean share of a query's own class among the k nearest, 0 to 1; always divided by k. */
  precision: Record<string, number>;
  queries: number;
  references: number;
  /** Classes among the queries. */
  classes: number;
  /** Queries that can never hit, since no other image has their class; they count as misses, as in the literature. */
  queriesWithoutMatch: number;
};

/**
 * Computes recall@k and precision@k exactly, by the cosine of unit vectors (the same order as squared Euclidean distance).
 * Throws `bad-input` where labels and vectors do not fit each other or there is no query, and `interrupted`.
 */
export async function recallAtK(set: LabelledVectors, work?: LongWork): Promise<RecallReport> {
  requireFit(set);
  const { queryLabels, referenceLabels = queryLabels, ks } = set;
  const neighbours = await nearestNeighbours(set, Math.max(...ks), work);
  const matches = matchesByRank(neighbours, queryLabels, referenceLabels);
  return {
    protocol: set.references ? 'closed' : 'open',
    recall: forEach(ks, (k) => share(matches, queryLabels.length, (inFirst) => (inFirst(k) > 0 ? 1 : 0))),
    precision: forEach(ks, (k) => share(matches, queryLabels.length, (inFirst) => inFirst(k) / k)),
    queries: queryLabels.length,
    references: referenceLabels.length,
    classes: new Set(queryLabels).size,
    queriesWithoutMatch: countWithoutMatch(set),
  };
}

type Matches = {
  k: number /** [n, k + 1]: how many of the first 0, 1, 2, … k neighbours have the query's class. */;
  counts: Int32Array;
};

function matchesByRank(
  { k, indices }: Neighbours,
  queryLabels: readonly Label[],
  referenceLabels: readonly Label[],
): Matches {
  const counts = new Int32Array(queryLabels.length * (k + 1));
  queryLabels.forEach((label, query) => {
    for (let rank = 0; rank < k; rank++) {
      const at = query * (k + 1) + rank;
      const matches = referenceLabels[indices[query * k + rank] as number] === label;
      counts[at + 1] = (counts[at] as number) + (matches ? 1 : 0);
    }
  });
  return { k, counts };
}

/** The mean over all queries of a figure that depends on how many of the first k neighbours match. */
function share(
  matches: Matches,
  queries: number,
  figure: (inFirst: (k: number) => number) => number,
): number {
  let sum = 0;
  for (let query = 0; query < queries; query++) {
    const first = query * (matches.k + 1);
    sum += figure((k) => matches.counts[first + Math.min(k, matches.k)] as number);
  }
  return sum / queries;
}

function countWithoutMatch({ queryLabels, referenceLabels }: LabelledVectors): number {
  const counts = new Map<Label, number>();
  for (const label of referenceLabels ?? queryLabels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const itself = referenceLabels ? 0 : 1;
  return queryLabels.filter((label) => (counts.get(label) ?? 0) <= itself).length;
}

function forEach(ks: readonly number[], figure: (k: number) => number): Record<string, number> {
  return Object.fromEntries(ks.map((k) => [k, figure(k)]));
}

function requireFit({ queries, queryLabels, references, referenceLabels, dim, ks }: LabelledVectors): void {
  if (ks.length === 0 || ks.some((k) => !Number.isInteger(k) || k < 1)) {
    throw new SinterError(
      'bad-input',
      `Expected each k to be a whole number from 1 up; got [${ks.join(', ')}].`,
    );
  }
  if (queryLabels.length === 0) throw new SinterError('bad-input', 'Expected at least one query; got none.');
  requireLabels('query', queries, queryLabels, dim);
  requireLabels('reference', references ?? new Float32Array(), referenceLabels ?? [], dim);
}

function requireLabels(kind: string, vectors: Float32Array, labels: readonly Label[], dim: number): void {
  if (vectors.length === labels.length * dim) return;
  throw new SinterError(
    'bad-input',
    `Expected a label for each ${kind} vector; got ${labels.length} labels for ${vectors.length / dim} vectors.`,
  );
}
