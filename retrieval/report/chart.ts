/** Draws a chart as SVG for the page: in the page's colours, light and dark alike, and with words for those who do not see it. */
import { LineChart } from 'echarts/charts';
import { GridComponent, MarkLineComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { Html, html } from './html.ts';

use([LineChart, GridComponent, MarkLineComponent, SVGRenderer]);

/** Variables of the page's style, which change with the reader's scheme. */
export const COLOURS = {
  ink: 'var(--ink)',
  soft: 'var(--soft)',
  line: 'var(--line)',
  ember: 'var(--ember)',
  teal: 'var(--teal)',
  ash: 'var(--ash)',
} as const;

export const FONT_SIZE = 12;
/** About what a phone gives it, so that its words are never far from their size. */
const WIDTH = 390;
const HEIGHT = 230;

/**
 * An SVG picture that takes the width it is given.
 * @param alternative what the chart shows, in words.
 */
export function drawChart(option: EChartsCoreOption, alternative: string): Html {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, ...option });
    const svg = chart.renderToSVGString({ useViewBox: true });
    const opening = html`<svg role="img" aria-label="${alternative}" `;
    return new Html(withoutTraces(svg).replace('<svg ', () => opening.markup));
  } finally {
    chart.dispose();
  }
}

/** Without what only a chart that moves or zooms needs, and with it the names that differ from run to run; no series leaves its axes. */
function withoutTraces(svg: string): string {
  return svg
    .replace(/<(style|defs)[^>]*>[\s\S]*?<\/\1>/g, '')
    .replace(/ (?:class|clip-path|pointer-events|ecmeta_\w+)="[^"]*"/g, '');
}

/** Lines and ticks as quiet as they can be while one can still read values off. */
export const AXIS = {
  nameTextStyle: { color: COLOURS.soft, fontSize: FONT_SIZE },
  axisLabel: { color: COLOURS.soft, fontSize: FONT_SIZE },
  axisLine: { lineStyle: { color: COLOURS.line } },
  axisTick: { show: false },
  splitLine: { show: false },
} as const;

/** A line across the chart with a word at its end; `align` is the side of the line's top on which the word ends or begins. */
export type Mark = {
  at: number;
  word: string;
  align: 'left' | 'right' | 'center';
  colour: string;
  dashed: boolean;
};

/** Vertical lines. */
export function markLine(marks: readonly Mark[]) {
  return {
    symbol: 'none',
    silent: true,
    data: marks.map(({ at, word, align, colour, dashed }) => ({
      xAxis: at,
      lineStyle: { color: colour, width: 1, type: dashed ? [4, 3] : ('solid' as const) },
      label: { formatter: word, position: 'end' as const, align, color: colour, fontSize: FONT_SIZE },
    })),
  };
}
