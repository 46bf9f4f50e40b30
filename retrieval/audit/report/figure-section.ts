/** The figures of an audit with their intervals, the curve of recall, and the differences to other models. */
import type { Figure } from '../../metrics/cluster-figures.ts';
import { AXIS, COLOURS, drawChart } from '../../report/chart.ts';
import { type Html, html } from '../../report/html.ts';
import { percent, pointRange, points } from '../../report/words.ts';
import type { Comparison, Verdict } from '../compare.ts';
import type { GateResult } from '../gate.ts';
import { recallCurve } from '../recall-curve.ts';
import type { ReportedSet } from './set-report.ts';

/** The audited model's line is the first. */
const LINES = [COLOURS.ember, COLOURS.teal, COLOURS.ash];
const SIGNS: Record<Verdict, string> = { better: 'good', worse: 'bad', 'no clear difference': 'soft' };

export function figureSection({ report, audited, otherCurves }: ReportedSet, model: string): Html {
  const own = recallCurve(audited.queryFigures);
  const curves = [
    { name: model, recall: own },
    ...Object.entries(otherCurves).map(([name, recall]) => ({ name, recall })),
  ];
  return html`<h3>Figures</h3>
<p class="intro">Computed by comparing every query with everything. A bar ends at the value; the line across its end is the 95% interval over resamples of the queries${'nmi' in report.figures && ', each of which stays in its cluster'}.</p>
<div class="tables">
<table class="recalls"><caption>All figures</caption>
<thead><tr><th scope="col">Figure</th><td class="bar"></td><th scope="col">Value</th><th scope="col">95% interval</th></tr></thead><tbody>${Object.entries(report.figures).map(figureRow)}</tbody></table>
<div class="charts"><figure><figcaption><strong>Recall</strong> by the number of neighbours that are looked at${curves.length > 1 && key(curves.map(({ name }) => name))}</figcaption>${curveChart(curves)}</figure></div>
</div>`;
}

export function comparisonTables(comparisons: Record<string, Comparison>): Html | undefined {
  const all = Object.entries(comparisons);
  if (all.length === 0) return undefined;
  return html`<h3>Against other models</h3>
<p class="intro">Differences on the same queries, so that chance in the choice of images falls out: better or worse is said where the 95% interval of the difference leaves no doubt.</p>
<div class="tables">${all.map(([folder, comparison]) => comparisonTable(folder, comparison))}</div>`;
}

export function gateList(gates: readonly GateResult[]): Html | undefined {
  if (gates.length === 0) return undefined;
  return html`<ul class="gates">${gates.map(
    ({ gate, passed, reason }) =>
      html`<li class="${passed ? 'good' : 'bad'}"><strong>${passed ? '✓' : '✕'} ${gate}</strong> ${reason}</li>`,
  )}</ul>`;
}

function figureRow([name, { value, low, high }]: [string, Figure]): Html {
  const ends = html`<i style="left: ${percent(low)}; width: ${percent(high - low)}"></i>`;
  return html`<tr><th scope="row">${name}</th><td class="bar"><div class="scale"><span style="width: ${percent(value)}"></span>${ends}</div></td><td>${percent(value)}</td><td class="of">${percent(low)} to ${percent(high)}</td></tr>`;
}

function comparisonTable(folder: string, comparison: Comparison): Html {
  const rows = Object.entries(comparison).map(
    ([name, { value, low, high, verdict }]) =>
      html`<tr><th scope="row">${name}</th><td>${points(value)}</td><td class="of">${pointRange(low, high)}</td><td class="${SIGNS[verdict]}">${verdict}</td></tr>`,
  );
  return html`<div class="scrolled" tabindex="0" role="region" aria-label="Differences to ${folder}"><table class="comparison"><caption>Against ${folder}</caption>
<thead><tr><th scope="col">Figure</th><th scope="col">Difference</th><th scope="col">95% interval</th><th scope="col">Verdict</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function key(names: readonly string[]): Html {
  return html`<ul class="key">${names.map((name, i) => html`<li><span class="stroke" style="color: ${colourOf(i)}"></span>${name}</li>`)}</ul>`;
}

function colourOf(line: number): string {
  return LINES[Math.min(line, LINES.length - 1)] as string;
}

function curveChart(curves: readonly { name: string; recall: readonly number[] }[]): Html {
  const last = Math.max(2, ...curves.map(({ recall }) => recall.length));
  const words = curves.map(
    ({ name, recall }) =>
      `${name}: ${percent(recall[0] ?? 0)} at 1, ${percent(recall.at(-1) ?? 0)} at ${recall.length}`,
  );
  const lowest = Math.min(...curves.map(({ recall }) => recall[0] ?? 0));
  return drawChart(
    {
      grid: { left: 2, right: 14, top: 12, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'all' },
      xAxis: {
        ...AXIS,
        type: 'log',
        min: 1,
        max: last,
        name: 'neighbours',
        nameLocation: 'middle',
        nameGap: 26,
      },
      yAxis: {
        ...AXIS,
        type: 'value',
        min: Math.floor(lowest * 10) / 10,
        max: 1,
        splitLine: { lineStyle: { color: COLOURS.line } },
        axisLabel: { ...AXIS.axisLabel, formatter: (value: number) => `${Math.round(value * 100)}%` },
      },
      series: curves.map(({ recall }, i) => ({
        type: 'line',
        silent: true,
        symbol: 'none',
        lineStyle: { color: colourOf(i), width: 2.5 },
        data: recall.map((value, at) => [at + 1, value]),
      })),
    },
    `Recall by the number of neighbours. ${words.join('; ')}.`,
  );
}
