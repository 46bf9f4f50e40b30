/** Recall at every number of neighbours that was looked at. */
import type { QueryFigures } from '../metrics/query-figures.ts';

/** Recall@1, @2, … up to the last rank at which a class is first found, or `atLeast`. */
export function recallCurve({ firstMatch, ks }: QueryFigures, atLeast = Math.max(...ks)): number[] {
  const last = firstMatch.reduce((most, rank) => Math.max(most, rank), atLeast);
  const found = new Float64Array(last + 1);
  for (const rank of firstMatch) if (rank > 0) found[rank] = (found[rank] as number) + 1;
  let hits = 0;
  return Array.from(found.subarray(1), (count) => {
    hits += count;
    return hits / firstMatch.length;
  });
}
