/** Draws embeddings of two numbers as scatters side by side, one panel a model, into one SVG picture. Knows nothing of how they were trained. */
import { ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([ScatterChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** `points` float32 [count, 2]; `labels` [count] are numbers of the classes. */
export type Panel = { title: string; note: string; points: Float32Array; labels: Int32Array };

const PANEL = 340;
const GAP = 24;
const HEAD = 52;
const LEGEND = 44;
/** Ten hues that stay apart for colour-blind readers as far as ten can (Tableau's). */
const COLOURS = [
  '#4e79a7',
  '#f28e2b',
  '#e15759',
  '#76b7b2',
  '#59a14f',
  '#edc948',
  '#b07aa1',
  '#ff9da7',
  '#9c755f',
  '#79706e',
];
/** Share of the points that a panel's frame takes in: a few of great length would leave the others in the middle. */
const SHOWN = 0.995;

/** One picture, `columns` panels wide, each about the origin at a scale of its own: directions are what compares. */
export function drawPanels(panels: readonly Panel[], classNames: readonly string[], columns = 3): string {
  const rows = Math.ceil(panels.length / columns);
  const width = columns * (PANEL + GAP) + GAP;
  const height = rows * (PANEL + HEAD) + LEGEND + GAP;
  const places = panels.map((_, i) => ({
    left: GAP + (i % columns) * (PANEL + GAP),
    top: HEAD + Math.floor(i / columns) * (PANEL + HEAD),
  }));
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    color: COLOURS,
    legend: { bottom: 8, itemGap: 14, itemWidth: 10, itemHeight: 10, data: [...classNames] },
    title: panels.map(({ title, note }, i) => ({
      text: title,
      subtext: note,
      left: places[i].left,
      top: places[i].top - HEAD + 8,
      padding: 0,
      itemGap: 3,
      textStyle: { fontSize: 15, color: '#222222' },
      subtextStyle: { fontSize: 12, color: '#666666' },
    })),
    grid: places.map((place) => ({
      ...place,
      width: PANEL,
      height: PANEL,
      show: true,
      borderColor: '#dddddd',
    })),
    xAxis: panels.map((panel, i) => axis(panel, i)),
    yAxis: panels.map((panel, i) => axis(panel, i)),
    series: panels.flatMap((panel, i) => classNames.map((name, label) => scatter(panel, i, name, label))),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function axis({ points }: Panel, gridIndex: number) {
  const reach = reachOf(points) * 1.05;
  return {
    type: 'value' as const,
    gridIndex,
    min: -reach,
    max: reach,
    axisLabel: { show: false },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLine: { show: true, onZero: true, lineStyle: { color: '#dddddd' } },
  };
}

function scatter({ points, labels }: Panel, index: number, name: string, label: number) {
  const data: [number, number][] = [];
  for (const [i, other] of labels.entries())
    if (other === label) data.push([points[2 * i], points[2 * i + 1]]);
  return {
    type: 'scatter' as const,
    name,
    xAxisIndex: index,
    yAxisIndex: index,
    data,
    symbolSize: 3,
    itemStyle: { color: COLOURS[label % COLOURS.length], opacity: 0.6 },
    clip: true,
    silent: true,
  };
}

/** The largest coordinate, without the few points that are farthest out. */
function reachOf(points: Float32Array): number {
  const largest = Array.from({ length: points.length / 2 }, (_, i) =>
    Math.max(Math.abs(points[2 * i]), Math.abs(points[2 * i + 1])),
  ).sort((a, b) => a - b);
  return largest[Math.floor((largest.length - 1) * SHOWN)] || 1;
}
