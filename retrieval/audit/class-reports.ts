/** The figures of each class by itself: which ones a model does not find, and what it takes them for. */
import type { QueryFigures } from '../metrics/query-figures.ts';
import { type EmbeddedSides, labelsOf } from './embed-sides.ts';
import type { FirstNeighbours } from './first-neighbours.ts';

/** Means over the queries of one class, 0 to 1; `rPrecision` and `mapAtR` are absent where nothing can match them. */
export type ClassReport = {
  label: string;
  queries: number;
  recallAt1: number;
  rPrecision?: number;
  mapAtR?: number;
  /** The class that its queries have most often instead of their own as nearest, and how often. */
  takenFor?: { label: string; times: number };
};

/** From the worst up: by recall@1, then by MAP@R, then by name. */
export function classReports(
  sides: EmbeddedSides,
  figures: QueryFigures,
  neighbours: FirstNeighbours,
): ClassReport[] {
  const labels = labelsOf(sides.queries);
  const references = labelsOf(sides.references ?? sides.queries);
  const members = new Map<string, number[]>();
  labels.forEach((label, query) => {
    const queries = members.get(label);
    if (queries) queries.push(query);
    else members.set(label, [query]);
  });
  const nearest = (query: number) => references[neighbours.of(query)[0]?.index ?? -1];
  return [...members]
    .map(([label, queries]) => classReport(label, queries, figures, nearest))
    .sort(
      (a, b) =>
        a.recallAt1 - b.recallAt1 || (a.mapAtR ?? 0) - (b.mapAtR ?? 0) || (a.label < b.label ? -1 : 1),
    );
}

function classReport(
  label: string,
  queries: readonly number[],
  { firstMatch, classSizes, rPrecision, averagePrecision }: QueryFigures,
  nearest: (query: number) => string | undefined,
): ClassReport {
  const mean = (value: (query: number) => number) =>
    queries.reduce((sum, query) => sum + value(query), 0) / queries.length;
  const takenFor = mostFrequent(
    queries.map(nearest).filter((found) => found !== undefined && found !== label),
  );
  return {
    label,
    queries: queries.length,
    recallAt1: mean((query) => Number(firstMatch[query] === 1)),
    ...(queries.some((query) => (classSizes[query] as number) > 0) && {
      rPrecision: mean((query) => rPrecision[query] as number),
      mapAtR: mean((query) => averagePrecision[query] as number),
    }),
    ...(takenFor && { takenFor }),
  };
}

function mostFrequent(labels: readonly (string | undefined)[]): { label: string; times: number } | undefined {
  const counts = new Map<string, number>();
  for (const label of labels) if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  const [first] = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return first && { label: first[0], times: first[1] };
}
