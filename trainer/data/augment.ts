/** Random views of an image for training: one affine warp and one colour transform, drawn anew each time. Knows pixels only. */
import type { Random } from '../../retrieval/random.ts';

/** Ranges that a view is drawn from, uniformly; 0 (or 1 for factors) leaves a property as it is. */
export type Augmentation = {
  /** Largest turn either way, degrees. */
  rotation: number;
  /** Smallest and largest magnification; factors are drawn evenly on a logarithmic scale. */
  zoom: readonly [number, number];
  /** Largest shift either way, as a share of the view's side; what a resize margin allows comes on top, as a random crop. */
  shift: number;
  /** Probability of mirroring left and right. */
  flip: number;
  /** Largest turn of the hue either way, degrees. */
  hue: number;
  /** Smallest and largest factor on the distance from grey. */
  saturation: readonly [number, number];
  /** Probability of losing all colour. */
  grey: number;
  /** Smallest and largest factor on the distance from `pivot`. */
  contrast: readonly [number, number];
  /** The level that contrast leaves alone, 0 to 255: 127.5 for photos, 255 for drawings on white. */
  pivot: number;
};

/** The paper's: a random crop from the resize margin, and mirroring. */
export const CROP_AND_FLIP: Augmentation = {
  rotation: 0,
  zoom: [1, 1],
  shift: 0,
  flip: 0.5,
  hue: 0,
  saturation: [1, 1],
  grey: 0,
  contrast: [1, 1],
  pivot: 127.5,
};

type Square = { data: Uint8Array; size: number };

/**
 * Draws a view of `source`, uint8 [size, size, 3], into `target`, uint8 [size, size, 3] of equal or smaller size.
 * Bilinear; beyond the edge the edge's colour goes on.
 */
export function drawView(source: Square, target: Square, augmentation: Augmentation, random: Random): void {
  warp(source, target, randomWarp(source.size, target.size, augmentation, random));
  recolour(target.data, randomColours(augmentation, random));
}

/** The view without chance: the centre, as decoding for inference cuts it. */
export function centreView(source: Square, target: Square): void {
  const margin = Math.floor((source.size - target.size) / 2);
  for (let row = 0; row < target.size; row++) {
    const start = ((row + margin) * source.size + margin) * 3;
    target.data.set(source.data.subarray(start, start + target.size * 3), row * target.size * 3);
  }
}

/** Where in the source, in pixels, the target's pixel (column, row) is taken from: x = a·column + b·row + c, y = d·column + e·row + f. */
type Warp = [a: number, b: number, c: number, d: number, e: number, f: number];

function randomWarp(
  from: number,
  to: number,
  { rotation, zoom, shift, flip }: Augmentation,
  random: Random,
): Warp {
  const angle = (symmetric(random) * rotation * Math.PI) / 180;
  const scale = 1 / Math.exp(between([Math.log(zoom[0]), Math.log(zoom[1])], random));
  const mirror = random.uniform() < flip ? -1 : 1;
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const [a, b, d, e] = [mirror * cos, -sin, mirror * sin, cos];
  const centre = (to - 1) / 2;
  const place = () =>
    Math.floor(random.uniform() * (from - to + 1)) + centre + symmetric(random) * shift * to;
  return [a, b, place() - (a + b) * centre, d, e, place() - (d + e) * centre];
}

/** Red, green and blue out of red, green, blue and 1: a matrix [3, 4], row by row. */
type Colours = Float32Array;

/** Turns colours about the grey axis, scales them away from it or onto it, then scales all levels away from the pivot. */
function randomColours({ hue, saturation, grey, contrast, pivot }: Augmentation, random: Random): Colours {
  const angle = (symmetric(random) * hue * Math.PI) / 180;
  const colour = random.uniform() < grey ? 0 : between(saturation, random);
  const gain = between(contrast, random);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle) / Math.sqrt(3)];
  // Rows of a turn about (1, 1, 1), by how far the source channel is ahead of the target's.
  const turn = [cos + (1 - cos) / 3, (1 - cos) / 3 - sin, (1 - cos) / 3 + sin];
  const matrix = new Float32Array(12);
  for (let to = 0; to < 3; to++) {
    for (let from = 0; from < 3; from++)
      matrix[to * 4 + from] = gain * (colour * turn[(from - to + 3) % 3] + (1 - colour) / 3);
    matrix[to * 4 + 3] = pivot * (1 - gain);
  }
  return matrix;
}

function warp(
  { data: source, size: from }: Square,
  { data: target, size: to }: Square,
  [a, b, c, d, e, f]: Warp,
): void {
  const last = from - 1;
  for (let row = 0, out = 0; row < to; row++) {
    for (let column = 0; column < to; column++, out += 3) {
      const x = Math.min(last, Math.max(0, a * column + b * row + c));
      const y = Math.min(last, Math.max(0, d * column + e * row + f));
      const left = Math.min(last - 1, x | 0);
      const top = Math.min(last - 1, y | 0);
      const [u, v] = [x - left, y - top];
      const upper = (top * from + left) * 3;
      const lower = upper + from * 3;
      for (let channel = 0; channel < 3; channel++) {
        const above = source[upper + channel] * (1 - u) + source[upper + 3 + channel] * u;
        const below = source[lower + channel] * (1 - u) + source[lower + 3 + channel] * u;
        target[out + channel] = above * (1 - v) + below * v + 0.5;
      }
    }
  }
}

function recolour(pixels: Uint8Array, m: Colours): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [pixels[i], pixels[i + 1], pixels[i + 2]];
    pixels[i] = clamp(m[0] * r + m[1] * g + m[2] * b + m[3]);
    pixels[i + 1] = clamp(m[4] * r + m[5] * g + m[6] * b + m[7]);
    pixels[i + 2] = clamp(m[8] * r + m[9] * g + m[10] * b + m[11]);
  }
}

/** Rounded to the nearest by what an assignment to uint8 cuts off. */
function clamp(value: number): number {
  if (value < 0) return 0;
  return value > 255 ? 255 : value + 0.5;
}

function between([low, high]: readonly [number, number], random: Random): number {
  return low + random.uniform() * (high - low);
}

function symmetric(random: Random): number {
  return random.uniform() * 2 - 1;
}
