/** Random views of an image for training: one affine warp and one colour transform, drawn anew each time. Knows pixels only. */
import { type Random, shuffled } from '../../retrieval/random.ts';

/** Ranges that a view is drawn from, uniformly; 0 (or 1 for factors) leaves a property as it is. */
export type Augmentation = {
  /** Largest turn either way, degrees. */
  rotation: number;
  /** Smallest and largest magnification. */
  zoom: readonly [number, number];
  /** Largest departure of the aspect ratio, as a factor: 0.2 is 1/1.2 to 1.2. */
  stretch: number;
  /** Largest shift either way, as a share of the output's side; what a resize margin allows comes on top, as a random crop. */
  shift: number;
  /** Probability of mirroring left and right. */
  flip: number;
  /** Smallest and largest factor on the distance from mid-grey. */
  contrast: readonly [number, number];
  /** Largest brightness added or taken, of 255. */
  brightness: number;
  /** Smallest and largest factor on the distance from grey of the same luminance. */
  saturation: readonly [number, number];
  /** Probability of losing all colour. */
  grey: number;
  /** Probability of the channels changing places. */
  swap: number;
  /** Probability of turning into the negative. */
  invert: number;
};

/** The paper's: a random crop from the resize margin, and mirroring. */
export const CROP_AND_FLIP: Augmentation = {
  rotation: 0,
  zoom: [1, 1],
  stretch: 0,
  shift: 0,
  flip: 0.5,
  contrast: [1, 1],
  brightness: 0,
  saturation: [1, 1],
  grey: 0,
  swap: 0,
  invert: 0,
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
  { rotation, zoom, stretch, shift, flip }: Augmentation,
  random: Random,
): Warp {
  const angle = (symmetric(random) * rotation * Math.PI) / 180;
  const scale = 1 / between(zoom, random);
  const aspect = (1 + stretch) ** (symmetric(random) / 2);
  const mirror = random.uniform() < flip ? -1 : 1;
  const margin = from - to;
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const [a, b, d, e] = [mirror * cos * aspect, -sin / aspect, mirror * sin * aspect, cos / aspect];
  const centre = (to - 1) / 2;
  const place = () => Math.round(random.uniform() * margin) + centre + symmetric(random) * shift * to;
  return [a, b, place() - (a + b) * centre, d, e, place() - (d + e) * centre];
}

/** Red, green and blue out of red, green and blue and 1: a matrix [3, 4], row by row. */
type Colours = Float32Array;

/** Shares of red, green and blue in luminance (ITU-R BT.601). */
const LUMINANCE = [0.299, 0.587, 0.114];

function randomColours(augmentation: Augmentation, random: Random): Colours {
  const { contrast, brightness, saturation, grey, swap, invert } = augmentation;
  const order = random.uniform() < swap ? shuffled([0, 1, 2], random) : [0, 1, 2];
  const colour = random.uniform() < grey ? 0 : between(saturation, random);
  const sign = random.uniform() < invert ? -1 : 1;
  const gain = sign * between(contrast, random);
  const offset = 127.5 * (1 - gain) + symmetric(random) * brightness * 255;
  const matrix = new Float32Array(12);
  for (let to = 0; to < 3; to++) {
    for (let from = 0; from < 3; from++) {
      const own = order[to] === from ? colour : 0;
      matrix[to * 4 + from] = gain * (own + (1 - colour) * LUMINANCE[from]);
    }
    matrix[to * 4 + 3] = offset;
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
