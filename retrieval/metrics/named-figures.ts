/** The figures of a search by their names, each a mean over queries, with how far it may be from the truth. */
import type { LongWork } from '../progress.ts';
import type { Random } from '../random.ts';
import { bootstrapMeans, type Interval } from './bootstrap.ts';
import type { QueryFigures } from './query-figures.ts';
import { hitsAt, precisionsAt } from './recall.ts';

/** A value for each query; NaN where it says nothing of a query, which then does not count. */
export type NamedFigure = { name: string; values: Float64Array };

/**
 * `recall@k` and `precision@k` of all queries; `r-precision` and `map@r` of those that something can match, as their
 * definitions divide by R.
 */
export function namedFigures(figures: QueryFigures): NamedFigure[] {
  const { ks, classSizes, rPrecision, averagePrecision } = figures;
  const matched = (values: Float64Array) =>
    values.map((value, query) => ((classSizes[query] as number) > 0 ? value : Number.NaN));
  return [
    ...ks.map((k) => ({ name: `recall@${k}`, values: hitsAt(figures, k) })),
    ...ks.map((k) => ({ name: `precision@${k}`, values: precisionsAt(figures, k) })),
    { name: 'r-precision', values: matched(rPrecision) },
    { name: 'map@r', values: matched(averagePrecision) },
  ];
}

/** The mean of each figure with its 95% interval over resamples of the queries, the same for all figures. */
export async function figureIntervals(
  figures: readonly NamedFigure[],
  random: Random,
  work?: LongWork,
): Promise<Record<string, Interval>> {
  const intervals = await bootstrapMeans(
    figures.map(({ values }) => values),
    random,
    work,
  );
  return Object.fromEntries(figures.map(({ name }, i) => [name, intervals[i] as Interval]));
}
