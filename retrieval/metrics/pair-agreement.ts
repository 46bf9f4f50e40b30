/** A clustering judged by pairs: of two things in one cluster, are both of one class? */
import type { Contingency } from './contingency.ts';

/** Shares from 0 to 1; a share of no pairs is 0. */
export type PairAgreement = { precision: number; recall: number; f1: number };

/**
 * Precision is the share of the pairs within clusters that are of one class, recall the share of the pairs within classes
 * that are in one cluster, F1 their harmonic mean (Manning, Raghavan and Schütze, Introduction to Information Retrieval, 16.3).
 * @param table classes in rows, clusters in columns.
 */
export function pairAgreement({ rows, columns, cells }: Contingency): PairAgreement {
  const both = pairsWithin(cells.map(({ count }) => count));
  const precision = share(both, pairsWithin(columns));
  const recall = share(both, pairsWithin(rows));
  return { precision, recall, f1: share(2 * precision * recall, precision + recall) };
}

function pairsWithin(sizes: readonly number[]): number {
  return sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
