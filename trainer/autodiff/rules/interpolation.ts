/**
 * Where the pixels of a resized axis come from, by every rule that ONNX's Resize has for it. Computes in float32, as ONNX
 * Runtime does: at exact halves and whole numbers a rounding decides which pixel is meant.
 * @source the ONNX specification of Resize.
 */
import type { Tap } from './axis-maps.ts';

/** Attributes of Resize under their own names. */
export type Interpolation = {
  mode: 'nearest' | 'linear' | 'cubic' | (string & {});
  coordinate_transformation_mode: string;
  nearest_mode: string;
  cubic_coeff_a: number;
  exclude_outside: number;
};

const f = Math.fround;

/** The taps of each of `to` positions in an axis of `from` positions that is resized by `scale`. */
export function interpolationTaps(
  interpolation: Interpolation,
  from: number,
  to: number,
  scale: number,
): Tap[][] {
  return Array.from({ length: to }, (_, position) => {
    const at = sourceOf(interpolation.coordinate_transformation_mode, position, from, to, f(scale));
    if (interpolation.mode === 'nearest') return nearestTap(interpolation.nearest_mode, at, from);
    return interpolation.mode === 'cubic' ? cubicTaps(interpolation, at, from) : linearTaps(at, from);
  });
}

/** The place in the input, in pixels, of a position in the output. */
function sourceOf(mode: string, position: number, from: number, to: number, scale: number): number {
  const halfPixel = f(f(f(position + 0.5) / scale) - 0.5);
  switch (mode) {
    case 'asymmetric':
      return f(position / scale);
    case 'align_corners':
      return to === 1 ? 0 : f(f(position * (from - 1)) / (to - 1));
    case 'pytorch_half_pixel':
      return to === 1 ? 0 : halfPixel;
    case 'half_pixel_symmetric': {
      const offset = f(f(from / 2) * f(1 - f(to / f(scale * from))));
      return f(offset + halfPixel);
    }
    default:
      return halfPixel;
  }
}

function nearestTap(mode: string, at: number, length: number): Tap[] {
  return [{ from: clamp(nearest(mode, at), length), weight: 1 }];
}

function nearest(mode: string, at: number): number {
  if (mode === 'floor') return Math.floor(at);
  if (mode === 'ceil') return Math.ceil(at);
  return mode === 'round_prefer_ceil' ? Math.floor(at + 0.5) : Math.ceil(at - 0.5);
}

/** Beyond the borders the image goes on as its outermost pixels. */
function linearTaps(at: number, length: number): Tap[] {
  const inside = Math.min(Math.max(at, 0), length - 1);
  const left = Math.floor(inside);
  const share = inside - left;
  return [
    { from: left, weight: 1 - share },
    { from: clamp(left + 1, length), weight: share },
  ];
}

/** @source Keys, "Cubic convolution interpolation for digital image processing", 1981; `a` is the slope at distance 1. */
function cubicTaps({ cubic_coeff_a: a, exclude_outside: inside }: Interpolation, at: number, length: number) {
  const base = Math.floor(at);
  const taps = [-1, 0, 1, 2].map((offset) => ({
    from: base + offset,
    weight: cubicWeight(Math.abs(at - base - offset), a),
  }));
  if (!inside) return taps.map(({ from, weight }) => ({ from: clamp(from, length), weight }));
  const kept = taps.filter(({ from }) => from >= 0 && from < length);
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  return kept.map(({ from, weight }) => ({ from, weight: weight / total }));
}

function cubicWeight(distance: number, a: number): number {
  if (distance <= 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a;
}

function clamp(position: number, length: number): number {
  return Math.min(Math.max(position, 0), length - 1);
}
