/** A study's results as a table: a line for each combination but the seed, the mean over seeds and how sure it is. */
import type { Setting, Settings } from './grid.ts';

export type Result = {
  /** What was varied, the seed included. */
  varied: Settings;
  /** Recall by k on the test images, 0 to 1. */
  recall: Record<string, number>;
};

export type Line = {
  varied: Settings;
  seeds: number;
  /** Recall@k in percent: the mean over seeds and half the width of its 95% interval, absent for a single seed. */
  recall: Record<string, { mean: number; margin?: number }>;
};

/** Quantiles 0.975 of Student's t by degrees of freedom from 1 on; beyond the list the normal one is near enough. */
const T = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
];
const NORMAL = 1.96;

/** Lines in the order in which their first result came. */
export function summarise(results: readonly Result[]): Line[] {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const { seed: _, ...varied } = result.varied;
    const key = JSON.stringify(varied);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  return [...groups].map(([key, group]) => ({
    varied: JSON.parse(key) as Settings,
    seeds: group.length,
    recall: Object.fromEntries(
      Object.keys((group[0] as Result).recall).map((k) => [
        k,
        meanWithMargin(group.map(({ recall }) => 100 * (recall[k] as number))),
      ]),
    ),
  }));
}

function meanWithMargin(values: number[]): { mean: number; margin?: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const freedom = values.length - 1;
  if (freedom === 0) return { mean };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / freedom;
  return { mean, margin: (T[freedom - 1] ?? NORMAL) * Math.sqrt(variance / values.length) };
}

/** Markdown. Of what was varied only the columns that differ between lines, and the variant, are shown. */
export function asMarkdown(lines: readonly Line[]): string {
  const keys = [...new Set(lines.flatMap(({ varied }) => Object.keys(varied)))];
  const shown = keys.filter(
    (key) => key === 'variant' || new Set(lines.map(({ varied }) => varied[key])).size > 1,
  );
  const ks = Object.keys(lines[0]?.recall ?? {});
  const rows = lines.map(({ varied, seeds, recall }) => [
    ...shown.map((key) => cell(varied[key])),
    ...ks.map((k) => figure(recall[k] as { mean: number; margin?: number })),
    String(seeds),
  ]);
  const head = [...shown, ...ks.map((k) => `R@${k}`), 'seeds'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function cell(value: Setting | undefined): string {
  return value === undefined ? '' : String(value);
}

function figure({ mean, margin }: { mean: number; margin?: number }): string {
  return margin === undefined ? mean.toFixed(1) : `${mean.toFixed(1)} ± ${margin.toFixed(1)}`;
}
