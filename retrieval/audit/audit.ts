/**
 * Judges a model on embedded images: every figure with its interval, every class, the queries that fail worst. Knows
 * neither galleries nor where the images come from.
 */
import type { Figure } from '../metrics/cluster-figures.ts';
import { figureIntervals, type NamedFigure, namedFigures } from '../metrics/named-figures.ts';
import { type QueryFigures, queryFigures } from '../metrics/query-figures.ts';
import { type RecallReport, recallReport } from '../metrics/recall.ts';
import type { LongWork } from '../progress.ts';
import { seededRandom } from '../random.ts';
import { type ClassReport, classReports } from './class-reports.ts';
import { type EmbeddedSides, labelledVectors } from './embed-sides.ts';
import { FirstNeighbours } from './first-neighbours.ts';

export type AuditReport = RecallReport & {
  /** By name: `recall@k`, `precision@k`, `r-precision`, `map@r`, and those of a clustering where it was asked for. */
  figures: Record<string, Figure>;
  /** From the worst up. */
  perClass: ClassReport[];
  skipped: EmbeddedSides['skipped'];
};

/** An audit with all that comparisons and pictures need of it. */
export type Audited = {
  report: AuditReport;
  sides: EmbeddedSides;
  queryFigures: QueryFigures;
  named: NamedFigure[];
  neighbours: FirstNeighbours;
};

export type AuditOptions = {
  ks: readonly number[];
  /** Decides the resamples. */
  seed?: number;
};

/** Searches exactly and computes all figures of retrieval. Throws `bad-input` for a k below 1, and `interrupted`. */
export async function audit(
  sides: EmbeddedSides,
  { ks, seed = 1 }: AuditOptions,
  work: LongWork = {},
): Promise<Audited> {
  const set = labelledVectors(sides);
  const neighbours = new FirstNeighbours(set.queryLabels.length);
  const depth = { ks, mostRanks: Number.POSITIVE_INFINITY };
  const figures = await queryFigures(set, depth, work, (block) => neighbours.look(block));
  const named = namedFigures(figures).filter(({ values }) => values.some((value) => !Number.isNaN(value)));
  const intervals = await figureIntervals(named, seededRandom(seed, 'bootstrap'), work);
  const report: AuditReport = {
    ...recallReport(set, figures),
    figures: Object.fromEntries(
      Object.entries(intervals).map(([name, { mean, low, high }]) => [name, { value: mean, low, high }]),
    ),
    perClass: classReports(sides, figures, neighbours),
    skipped: sides.skipped,
  };
  return { report, sides, queryFigures: figures, named, neighbours };
}
