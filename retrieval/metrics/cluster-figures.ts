/** The figures of a clustering by their names, with how far each may be from the truth. Knows nothing of how clusters are found. */
import { setImmediate } from 'node:timers/promises';
import { type LongWork, stopIfAborted } from '../progress.ts';
import type { Random } from '../random.ts';
import { DRAWS_A_TURN, mean, quantile, RESAMPLES } from './bootstrap.ts';
import { type Contingency, cellNumbers, contingency } from './contingency.ts';
import {
  adjustedMutualInformation,
  type ExpectedTerms,
  normalizedMutualInformation,
} from './mutual-information.ts';
import type { Label } from './number-labels.ts';
import { pairAgreement } from './pair-agreement.ts';

/** A figure and the ends of its 95% interval. */
export type Figure = { value: number; low: number; high: number };

/** `nmi` is by the geometric mean, as in the paper. */
export const CLUSTER_FIGURES = ['nmi', 'nmi-arithmetic', 'ami', 'pairwise-f1'] as const;
type Values = Record<(typeof CLUSTER_FIGURES)[number], number>;

/** Share of the things that a resample leaves out. */
const LEFT_OUT = 0.1;

/** The figures of all things and of every part. `reach`: how much farther other sets of this size lie apart than the parts. */
export type ClusterSample = { values: Values; parts: Values[]; reach: number };

/**
 * Every figure of a clustering and of parts of it, for intervals by the bootstrap without replacement (subsampling; Politis and
 * Romano, Annals of Statistics 22, 1994): nine tenths of the n things are drawn, m of them, each of which stays in its cluster.
 * The figures of such parts lie √((n − m) / m) times as far about their mean as those of sets of n things do about theirs.
 * With replacement a thing drawn twice would agree with itself. Generators of one seed draw the same parts of as many things.
 * Throws `bad-input` where the labelings are not of the same things, and `interrupted`.
 */
export async function sampleClusters(
  classes: readonly Label[],
  clusters: readonly Label[],
  random: Random,
  { signal, onProgress }: LongWork = {},
  resamples = RESAMPLES,
): Promise<ClusterSample> {
  const table = contingency(classes, clusters);
  const cellOf = cellNumbers(classes, clusters);
  const leftOut = Math.max(1, Math.round(LEFT_OUT * table.total));
  const known: ExpectedTerms = new Map();
  const parts: Values[] = [];
  const perTurn = Math.max(1, Math.floor(DRAWS_A_TURN / classes.length));
  while (leftOut < table.total && parts.length < resamples) {
    parts.push(figuresOf(without(leftOut, table, cellOf, random), known));
    if (parts.length % perTurn !== 0 && parts.length < resamples) continue;
    onProgress?.({ stage: 'resampling clusters', done: parts.length, total: resamples });
    await setImmediate();
    stopIfAborted(signal);
  }
  return { values: figuresOf(table), parts, reach: Math.sqrt((table.total - leftOut) / leftOut) };
}

/** The figures with their intervals, of which no end is above 1. */
export function clusterFigures({ values, parts, reach }: ClusterSample): Figures {
  return ofEach((name) => {
    const { value, low, high } = about(
      values[name],
      parts.map((part) => part[name]),
      reach,
    );
    return { value, low: Math.min(1, low), high: Math.min(1, high) };
  });
}

/** How much larger the figures of one clustering are than those of another of the same things, whose parts are the same. */
export function clusterDifferences(ours: ClusterSample, theirs: ClusterSample): Figures {
  return ofEach((name) =>
    about(
      ours.values[name] - theirs.values[name],
      ours.parts.map((part, i) => part[name] - (theirs.parts[i] as Values)[name]),
      ours.reach,
    ),
  );
}

type Figures = Record<keyof Values, Figure>;

function ofEach(figure: (name: keyof Values) => Figure): Figures {
  return {
    nmi: figure('nmi'),
    'nmi-arithmetic': figure('nmi-arithmetic'),
    ami: figure('ami'),
    'pairwise-f1': figure('pairwise-f1'),
  };
}

function figuresOf(table: Contingency, known?: ExpectedTerms): Values {
  return {
    nmi: normalizedMutualInformation(table, 'geometric'),
    'nmi-arithmetic': normalizedMutualInformation(table, 'arithmetic'),
    ami: adjustedMutualInformation(table, known),
    'pairwise-f1': pairAgreement(table).f1,
  };
}

/** The figure, and what its parts differ by from their mean, put about it at full reach. */
function about(value: number, parts: readonly number[], reach: number): Figure {
  if (parts.length === 0) return { value, low: value, high: value };
  const middle = mean(parts);
  const sorted = Float64Array.from(parts).sort();
  const end = (share: number) => value + reach * (quantile(sorted, share) - middle);
  return { value, low: end(0.025), high: end(0.975) };
}

/** The table of all things but so many, drawn by chance. */
function without(
  leftOut: number,
  { total, rows, columns, cells }: Contingency,
  cellOf: Int32Array,
  random: Random,
): Contingency {
  const order = cellOf.slice();
  const table = { total: total - leftOut, rows: [...rows], columns: [...columns] };
  const counts = Int32Array.from(cells, ({ count }) => count);
  for (let draw = 0; draw < leftOut; draw++) {
    const other = draw + random.integer(total - draw);
    const cell = order[other];
    order[other] = order[draw];
    counts[cell]--;
    table.rows[cells[cell].row]--;
    table.columns[cells[cell].column]--;
  }
  const left = cells.flatMap((cell, i) => (counts[i] > 0 ? [{ ...cell, count: counts[i] }] : []));
  return { ...table, cells: left };
}
