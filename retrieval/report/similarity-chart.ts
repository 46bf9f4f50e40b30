/** Histograms of similarity within classes and between them, on one scale for all embeddings that are compared. */
import { AXIS, COLOURS, drawChart, markLine } from './chart.ts';
import type { Html } from './html.ts';
import { histogram, type JudgedPairs, type PairSimilarities } from './pair-similarities.ts';
import { decimal } from './words.ts';

const BINS = 60;
/** Distance of the ticks, and what the ends of the scale are multiples of. */
const TICK = 0.2;
/** Share of the pairs at either end that the scale does not make room for. */
const OUTSIDE = 1e-3;

/** The part of the scale from −1 to 1 that nearly all pairs take up, rounded outwards to ticks. */
export function similarityRange(all: readonly PairSimilarities[]): [low: number, high: number] {
  const ends = all.flatMap(({ within, between }) =>
    [within, between].flatMap((values) => {
      const outside = Math.floor(values.length * OUTSIDE);
      return values.length > 0 ? [values[outside], values[values.length - 1 - outside]] : [];
    }),
  );
  const low = Math.max(-1, Math.floor(Math.min(...ends) / TICK) * TICK);
  const high = Math.min(1, Math.ceil(Math.max(...ends) / TICK) * TICK);
  return [low, Math.max(high, low + TICK)];
}

/** @param name whose similarities these are, for the words. */
export function similarityChart(
  { pairs, similarity }: JudgedPairs,
  [low, high]: [number, number],
  name: string,
): Html {
  const kinds = [
    { values: pairs.between, colour: COLOURS.ash },
    { values: pairs.within, colour: COLOURS.ember },
  ];
  const words = similarity
    ? ` Mean ${decimal(similarity.compactness, 2)} within classes, ${decimal(similarity.spread, 2)} between.`
    : '';
  return drawChart(
    {
      grid: { left: 2, right: 8, top: 22, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'all' },
      xAxis: {
        ...AXIS,
        type: 'value',
        min: low,
        max: high,
        interval: TICK,
        axisLabel: { ...AXIS.axisLabel, formatter: (value: number) => decimal(value, 1) },
        name: 'similarity (cosine)',
        nameLocation: 'middle',
        nameGap: 26,
      },
      yAxis: { type: 'value', show: false, min: 0 },
      series: kinds.map(({ values, colour }, i) => ({
        type: 'line',
        silent: true,
        symbol: 'none',
        step: 'middle',
        lineStyle: { color: colour, width: 1.5 },
        areaStyle: { color: colour, opacity: 0.28 },
        data: outline(values, low, high),
        ...(i === 1 && similarity && { markLine: medianLine(similarity.medianWithin, low, high) }),
      })),
    },
    `Histogram of the similarity of pairs of images, ${name}.${words}`,
  );
}

function medianLine(median: number, low: number, high: number) {
  const place = (median - low) / (high - low);
  const align = place > 0.7 ? 'right' : place < 0.3 ? 'left' : 'center';
  return markLine([{ at: median, word: 'median within', align, colour: COLOURS.ember, dashed: true }]);
}

/** One point a bin, from the first that is not empty to the last, down to the ground on both sides. */
function outline(values: Float64Array, low: number, high: number): [number, number][] {
  const width = (high - low) / BINS;
  const shares = histogram(values, low, high, BINS);
  const first = shares.findIndex((share) => share > 0);
  const last = shares.findLastIndex((share) => share > 0);
  const bins = shares.map((share, bin): [number, number] => [low + (bin + 0.5) * width, share]);
  return first < 0 ? [] : bins.slice(Math.max(0, first - 1), last + 2);
}
