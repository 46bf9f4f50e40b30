/** How much of the truth an approximate index finds: the shares of single queries, and what they come to. */
import type { Neighbour, Slot } from './vector-index.ts';

export type RecallCheck = {
  /** The mean share of the true `k` nearest that was found, 0 to 1. */
  recall: number;
  k: number;
  /** Over how many queries. */
  queries: number;
};

/** The share of the `k` nearest in `truth` that `found` has too; the query's own slots count in neither. */
export function shareFound(found: Neighbour[], truth: Neighbour[], own: readonly Slot[], k: number): number {
  const others = (neighbours: Neighbour[]) => {
    const slots = neighbours.map(({ slot }) => slot);
    return slots.filter((slot) => !own.includes(slot)).slice(0, k);
  };
  const wanted = others(truth);
  const got = new Set(others(found));
  return wanted.length === 0 ? 1 : wanted.filter((slot) => got.has(slot)).length / wanted.length;
}

/** Undefined where there was nothing to check. */
export function meanRecall(shares: number[], k: number): RecallCheck | undefined {
  if (shares.length === 0) return undefined;
  const recall = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  return { recall, k, queries: shares.length };
}
