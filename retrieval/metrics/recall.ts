/** Recall@k and precision@k, by which embeddings are judged here: means over the figures of queries. */
import type { LongWork } from '../progress.ts';
import { mean } from './bootstrap.ts';
import { type LabelledVectors, type QueryFigures, queryFigures } from './query-figures.ts';

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
export async function recallAtK(
  { ks, ...set }: LabelledVectors & { ks: readonly number[] },
  work?: LongWork,
): Promise<RecallReport> {
  return recallReport(set, await queryFigures(set, { ks }, work));
}

/** The means over all queries of what is known of each. */
export function recallReport(set: LabelledVectors, figures: QueryFigures): RecallReport {
  const { ks } = figures;
  return {
    protocol: set.references ? 'closed' : 'open',
    recall: Object.fromEntries(ks.map((k) => [k, mean(hitsAt(figures, k))])),
    precision: Object.fromEntries(ks.map((k) => [k, mean(precisionsAt(figures, k))])),
    queries: set.queryLabels.length,
    references: (set.referenceLabels ?? set.queryLabels).length,
    classes: new Set(set.queryLabels).size,
    queriesWithoutMatch: figures.classSizes.reduce((count, size) => count + Number(size < 1), 0),
  };
}

/** [n]: 1 where one of the k nearest has the query's class, else 0. `k` is any number up to the largest of the figures. */
export function hitsAt({ firstMatch }: QueryFigures, k: number): Float64Array {
  return Float64Array.from(firstMatch, (rank) => Number(rank > 0 && rank <= k));
}

/** [n]: the share of the query's class among the k nearest. `k` is one of the figures' own. */
export function precisionsAt({ ks, matches }: QueryFigures, k: number): Float64Array {
  const [at, width] = [ks.indexOf(k), ks.length];
  return Float64Array.from(
    { length: matches.length / width },
    (_, query) => (matches[query * width + at] as number) / k,
  );
}
