/** Which part of one picture another picture shows: a search for the box that looks the most like it. */
import { type Box, correlation, lookOf, type PixelSums, SIDE } from './picture.ts';

/** How alike the part and what lies in the box are, −1 to 1. */
export type Fit = { box: Box; correlation: number };

/** First at a grid of few cells and by long steps, then finer; steps are shares of the picture's side. */
const COARSE = { cells: 8, steps: [0.05, 0.025] };
const FINE = { cells: 16, steps: [0.0125, 0.25 / SIDE] };
/** What fits less well than this at the coarse grid is not looked at more closely. */
const WORTH_A_LOOK = 0.85;
/** No part smaller than this, in width and in height, is looked for: it would fit anywhere. */
export const LEAST_SIDE = 0.5;
/** A step must gain so much. */
const LEAST_GAIN = 1e-5;

/** Every way in which the box is moved: one side, both sides of a direction, or its size. */
const MOVES: readonly Box[] = [
  { left: 1, top: 0, right: 0, bottom: 0 },
  { left: 0, top: 1, right: 0, bottom: 0 },
  { left: 0, top: 0, right: 1, bottom: 0 },
  { left: 0, top: 0, right: 0, bottom: 1 },
  { left: 1, top: 0, right: 1, bottom: 0 },
  { left: 0, top: 1, right: 0, bottom: 1 },
  { left: 1, top: 1, right: -1, bottom: -1 },
];

/** A picture that may be a part of others, seen at both grids. */
export type Part = { coarse: Float32Array; fine: Float32Array };

export function partOf(sums: PixelSums, box: Box): Part {
  return { coarse: lookOf(sums, box, COARSE.cells), fine: lookOf(sums, box, FINE.cells) };
}

/** Climbs from a box to the part of `whole` that looks the most like `part`; undefined where it looks little like any. */
export function fitInto(whole: PixelSums, part: Part, start: Box): Fit | undefined {
  const near = climb(whole, part.coarse, start, COARSE);
  return near.correlation < WORTH_A_LOOK ? undefined : climb(whole, part.fine, near.box, FINE);
}

function climb(whole: PixelSums, part: Float32Array, start: Box, { cells, steps }: typeof COARSE): Fit {
  const fitOf = (box: Box): Fit => ({ box, correlation: correlation(part, lookOf(whole, box, cells)) });
  let best = fitOf(start);
  for (const step of steps) {
    for (let before = Number.NEGATIVE_INFINITY; best.correlation > before + LEAST_GAIN; ) {
      before = best.correlation;
      for (const move of MOVES) {
        for (const by of [step, -step]) {
          const next = fitOf(moved(best.box, move, by));
          if (isAllowed(next.box) && next.correlation > best.correlation) best = next;
        }
      }
    }
  }
  return best;
}

function moved(box: Box, move: Box, by: number): Box {
  return {
    left: box.left + by * move.left,
    top: box.top + by * move.top,
    right: box.right + by * move.right,
    bottom: box.bottom + by * move.bottom,
  };
}

function isAllowed({ left, top, right, bottom }: Box): boolean {
  const inside = left >= 0 && top >= 0 && right <= 1 && bottom <= 1;
  return inside && right - left >= LEAST_SIDE && bottom - top >= LEAST_SIDE;
}
