/** The flat map as a picture: thumbnails where there is room for them, dots for the rest, coloured by class. */
import { type Random, shuffled } from '../../retrieval/random.ts';
import { type Html, html } from '../../retrieval/report/html.ts';
import type { Thumbnails } from '../../retrieval/report/thumbnails.ts';
import type { FlatMap } from './protocol-figures.ts';

/** Side of a thumbnail in the units of the picture, which is WIDTH wide and up to TALLEST high. */
const SIDE = 30;
const WIDTH = 1000;
const TALLEST = 900;
const LOWEST = 420;
const MARGIN = 20;
const MOST_THUMBNAILS = 300;
/** Of the map's width or height: the widest band without any image that stays. */
const WIDEST_BAND = 0.04;
/** Thumbnails may cover this share of each other's side. */
const OVERLAP = 0.1;
/** More classes than this cannot be told apart by colour. */
const MOST_IN_LEGEND = 10;
/** The golden angle: neighbours in the order of classes get hues far apart, however many there are. */
const HUE_STEP = 137.508;

export type PlacedMap = {
  width: number;
  height: number;
  /** Centres, [x, y] in units of the picture, of each of the map's images. */
  centres: [number, number][];
  /** Places in the map's images of those to be shown as thumbnails. */
  shown: Set<number>;
};

/** Fits the map into the picture, as it lies, and finds those that can be shown without covering each other. */
export function placeMap({ points }: FlatMap, random: Random): PlacedMap {
  const along = (axis: number) => Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + axis]);
  const [xs, ys] = [withoutEmptyBands(along(0)), withoutEmptyBands(along(1))];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const room = { width: WIDTH - 2 * MARGIN, height: TALLEST - 2 * MARGIN };
  const scale = Math.min(room.width / (right - left || 1), room.height / (bottom - top || 1));
  const height = Math.max(LOWEST, (bottom - top) * scale + 2 * MARGIN);
  const centres = xs.map((x, i): [number, number] => [
    WIDTH / 2 + (x - (left + right) / 2) * scale,
    height / 2 + (ys[i] - (top + bottom) / 2) * scale,
  ]);
  return { width: WIDTH, height, centres, shown: apart(centres, random) };
}

/** Moves what lies beyond an empty band closer, until no band is wider than WIDEST_BAND: empty room says nothing. */
export function withoutEmptyBands(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((i, j) => values[i] - values[j]);
  const widest = WIDEST_BAND * (values[order[order.length - 1]] - values[order[0]]);
  const moved = [...values];
  let shift = 0;
  for (let place = 1; place < order.length; place++) {
    shift += Math.max(0, values[order[place]] - values[order[place - 1]] - widest);
    moved[order[place]] -= shift;
  }
  return moved;
}

/** Greedily, in a random order, up to MOST_THUMBNAILS. */
function apart(centres: readonly [number, number][], random: Random): Set<number> {
  const shown = new Set<number>();
  const least = SIDE * (1 - OVERLAP);
  for (const candidate of shuffled([...centres.keys()], random)) {
    if (shown.size === MOST_THUMBNAILS) break;
    const [x, y] = centres[candidate];
    const isFree = [...shown].every(
      (other) => Math.max(Math.abs(centres[other][0] - x), Math.abs(centres[other][1] - y)) >= least,
    );
    if (isFree) shown.add(candidate);
  }
  return shown;
}

/**
 * @param labels of each of the map's images.
 * @param thumbnails by position in the judged images.
 */
export function mapPicture(
  map: FlatMap,
  placed: PlacedMap,
  labels: readonly string[],
  thumbnails: Thumbnails,
): Html {
  const { width, height, centres, shown } = placed;
  const colours = classColours(labels);
  const isPicture = (i: number) => shown.has(i) && thumbnails.has(map.images[i]);
  const dots = [...colours].map(([label, colour]) => {
    const circles = labels.flatMap((other, i) =>
      other === label && !isPicture(i)
        ? [html`<circle cx="${round(centres[i][0])}" cy="${round(centres[i][1])}" r="3.5"/>`]
        : [],
    );
    return circles.length > 0 && html`<g fill="${colour}"><title>${label}</title>${circles}</g>`;
  });
  const pictures = labels.flatMap((label, i) =>
    isPicture(i)
      ? [picture(thumbnails.get(map.images[i]) ?? '', label, colours.get(label) ?? '', centres[i])]
      : [],
  );
  const alternative = `Map of ${labels.length} images of ${colours.size} classes. Images that lie close together have similar embeddings.`;
  return html`<svg class="map" role="img" aria-label="${alternative}" viewBox="0 0 ${width} ${round(height)}">${dots}${pictures}</svg>
${colours.size <= MOST_IN_LEGEND && legend(colours)}`;
}

function picture(source: string, label: string, colour: string, [x, y]: [number, number]): Html {
  const [left, top] = [round(x - SIDE / 2), round(y - SIDE / 2)];
  return html`<g><title>${label}</title><image href="${source}" x="${left}" y="${top}" width="${SIDE}" height="${SIDE}"/><rect x="${left}" y="${top}" width="${SIDE}" height="${SIDE}" rx="2" fill="none" stroke="${colour}" stroke-width="2.5"/></g>`;
}

function legend(colours: ReadonlyMap<string, string>): Html {
  const items = [...colours].map(
    ([label, colour]) => html`<li><span class="swatch" style="background: ${colour}"></span>${label}</li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}

/** Of medium lightness, so that they stand out on light and on dark paper. */
function classColours(labels: readonly string[]): Map<string, string> {
  const classes = [...new Set(labels)].sort();
  return new Map(
    classes.map((label, i) => {
      const [lightness, chroma] = [0.66 + 0.07 * ((i % 3) - 1), 0.15];
      return [label, `oklch(${lightness.toFixed(2)} ${chroma} ${Math.round((30 + i * HUE_STEP) % 360)})`];
    }),
  );
}

function round(value: number): string {
  return value.toFixed(1);
}
