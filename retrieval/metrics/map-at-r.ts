/**
 * MAP@R: how well a query's whole class is ranked, where recall@1 looks at the first neighbour alone (Musgrave, Belongie and
 * Lim, arXiv 2003.08505, section 3.4). It moves steadily where recall@1 jumps, also when nearly every first neighbour is right.
 */
import type { Neighbours } from './nearest-neighbours.ts';
import type { Label } from './recall.ts';

/** Ranks beyond this are not looked at: R is the smaller of this and the references of the query's class. */
export const MOST_RANKS = 100;

/** R of each query: references of its class, at most MOST_RANKS; `among` says that queries are their own references. */
export function classSizes(
  queryLabels: readonly Label[],
  referenceLabels: readonly Label[],
  among: boolean,
): Int32Array {
  const counts = new Map<Label, number>();
  for (const label of referenceLabels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Int32Array.from(queryLabels, (label) =>
    Math.min(MOST_RANKS, (counts.get(label) ?? 0) - Number(among)),
  );
}

/**
 * For each query (1/R) · Σ over ranks i ≤ R that match of the precision at i; 0 for queries that nothing can match.
 * @param sizes R of each query, each at most the neighbours that there are.
 */
export function averagePrecisions(
  { k, indices }: Neighbours,
  queryLabels: readonly Label[],
  referenceLabels: readonly Label[],
  sizes: Int32Array,
): Float64Array {
  return Float64Array.from(queryLabels, (label, query) => {
    let [matches, sum] = [0, 0];
    for (let rank = 1; rank <= sizes[query]; rank++) {
      if (referenceLabels[indices[query * k + rank - 1]] !== label) continue;
      matches++;
      sum += matches / rank;
    }
    return sizes[query] > 0 ? sum / sizes[query] : 0;
  });
}
