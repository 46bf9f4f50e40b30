/** The course of a run over its epochs: recall@1 on held-out images, loss, α and the learning rate. */

import { AXIS, COLOURS, drawChart, type Mark, markLine } from '../../retrieval/report/chart.ts';
import type { Html } from '../../retrieval/report/html.ts';
import { percent } from '../../retrieval/report/words.ts';
import type { EpochRecord } from '../events.ts';
import { PROTOCOLS, type ProtocolName } from '../validation/validation.ts';
import { CLASSES } from './protocol-words.ts';
import type { RunReport } from './run-report.ts';

type Course = Pick<RunReport, 'history' | 'keptEpoch' | 'heatUpEpoch'>;
type Point = [epoch: number, value: number];
type Line = { points: Point[]; colour: string; step?: true };

export const PROTOCOL_COLOURS: Record<ProtocolName, string> = { open: COLOURS.ember, closed: COLOURS.teal };

/** Undefined where nothing was held out. */
export function recallChart(course: Course, frozen: Partial<Record<ProtocolName, number>>): Html | undefined {
  const lines = PROTOCOLS.flatMap((protocol) => {
    const points = pointsOf(course.history, ({ validation }) => validation[protocol]?.recallAt1);
    return points.length > 0 ? [{ protocol, points, colour: PROTOCOL_COLOURS[protocol] }] : [];
  });
  if (lines.length === 0) return undefined;
  const levels = lines.flatMap(({ protocol, colour }) => {
    const level = frozen[protocol];
    return level === undefined ? [] : [{ level, colour }];
  });
  const words = lines.map(
    ({ protocol, points }) => `${CLASSES[protocol]} from ${percent(points[0][1])} to ${endOf(points)}.`,
  );
  return drawLines(course, lines, {
    alternative: `Recall@1 on held-out images over epochs. ${words.join(' ')}`,
    format: (value) => `${Math.round(value * 1000) / 10}%`,
    levels,
  });
}

/** Undefined where no epoch has a loss. */
export function lossChart(course: Course): Html | undefined {
  const points = pointsOf(course.history, ({ loss }) => loss);
  if (points.length === 0) return undefined;
  const alternative = `Mean loss over epochs, from ${short(points[0][1])} to ${short(points[points.length - 1][1])}.`;
  return drawLines(course, [{ points, colour: COLOURS.ink }], { alternative, format: short });
}

export function alphaChart(course: Course): Html {
  return settingChart(course, 'α, one over the temperature,', ({ alpha }) => alpha);
}

export function learningRateChart(course: Course): Html {
  return settingChart(course, 'Learning rate', ({ learningRate }) => learningRate);
}

/** A setting holds for a whole epoch; the start has none of its own. */
function settingChart(course: Course, name: string, settingOf: (record: EpochRecord) => number): Html {
  const points = pointsOf(course.history, settingOf).filter(([epoch]) => epoch > 0);
  const first = points[0] ?? [1, settingOf(course.history[0])];
  const values = `from ${short(first[1])} to ${short((points.at(-1) ?? first)[1])}`;
  const stepped: Line = { points: [[0, first[1]], ...points], colour: COLOURS.ink, step: true };
  return drawLines(course, [stepped], {
    alternative: `${name} over epochs, ${values}.`,
    format: short,
    fromZero: true,
  });
}

function pointsOf(
  history: readonly EpochRecord[],
  figureOf: (record: EpochRecord) => number | undefined,
): Point[] {
  return history.flatMap((record): Point[] => {
    const value = figureOf(record);
    return value === undefined ? [] : [[record.epoch, value]];
  });
}

function endOf(points: Point[]): string {
  return percent(points[points.length - 1][1]);
}

type Look = {
  alternative: string;
  format: (value: number) => string;
  /** Dashed horizontal lines. */
  levels?: { level: number; colour: string }[];
  fromZero?: true;
};

function drawLines(
  course: Course,
  lines: readonly Line[],
  { alternative, format, levels = [], fromZero }: Look,
): Html {
  const last = lastEpoch(course.history);
  const series = [
    ...levels.map(({ level, colour }) =>
      lineSeries(
        {
          points: [
            [0, level],
            [last, level],
          ],
          colour,
        },
        true,
      ),
    ),
    ...lines.map((line) => lineSeries(line)),
  ];
  return drawChart(
    {
      grid: { left: 2, right: 22, top: 26, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'all' },
      xAxis: {
        ...AXIS,
        type: 'value',
        max: last,
        minInterval: 1,
        name: 'epoch',
        nameLocation: 'middle',
        nameGap: 26,
      },
      yAxis: {
        ...AXIS,
        type: 'value',
        ...(fromZero ? { min: 0 } : { scale: true, boundaryGap: ['4%', '4%'] }),
        splitNumber: 4,
        axisLine: { show: false },
        axisLabel: { ...AXIS.axisLabel, formatter: format },
        splitLine: { lineStyle: { color: COLOURS.line, width: 0.75 } },
      },
      series: [...series, { type: 'line', data: [], markLine: markLine(marksOf(course)) }],
    },
    alternative,
  );
}

function lineSeries({ points, colour, step }: Line, isLevel = false) {
  return {
    type: 'line',
    silent: true,
    symbol: points.length < 3 && !step && !isLevel ? 'circle' : 'none',
    symbolSize: 6,
    ...(step && { step: 'start' }),
    lineStyle: isLevel ? { color: colour, width: 1.25, type: [5, 4] } : { color: colour, width: 2 },
    itemStyle: { color: colour },
    data: points,
  };
}

/** Where the run was heated up, and which epoch was kept; the words stand on either side where the lines are close. */
function marksOf({ history, heatUpEpoch = Number.POSITIVE_INFINITY, keptEpoch }: Course): Mark[] {
  const kept = { at: keptEpoch, word: 'kept', colour: COLOURS.ink, dashed: false };
  const heated = { at: heatUpEpoch, word: 'heated up', colour: COLOURS.soft, dashed: true };
  if (heatUpEpoch >= lastEpoch(history)) return [{ ...kept, align: 'center' }];
  const isBefore = keptEpoch < heatUpEpoch;
  return [
    { ...heated, align: isBefore ? 'left' : 'right' },
    { ...kept, align: isBefore ? 'right' : 'left' },
  ];
}

function lastEpoch(history: Course['history']): number {
  return Math.max(1, history.at(-1)?.epoch ?? 0);
}

/** As few digits as tell the value. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
