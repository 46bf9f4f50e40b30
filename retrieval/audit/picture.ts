/**
 * A small picture of an image, and how parts of it look at a coarse grid: what is compared where images are looked for that
 * are the same but for size, quality, a cut or a mirror. Knows nothing of files.
 */

/** Side in pixels of the picture that is kept of an image. */
export const SIDE = 48;
/** Parts of less contrast than this (standard deviation, of 255) look like nothing. */
const LEAST_CONTRAST = 2;

/** Uint8 [SIDE, SIDE, 3], of whatever shape the image was. */
export type Picture = Uint8Array;

/** Sums float64 [SIDE + 1, SIDE + 1, 3] of the pixels above and to the left, from which the mean of any part follows. */
export type PixelSums = Float64Array;

/** A part of a picture, as shares of its width and height. */
export type Box = { left: number; top: number; right: number; bottom: number };

export const WHOLE: Box = { left: 0, top: 0, right: 1, bottom: 1 };

const ROW = 3 * (SIDE + 1);

export function sumPixels(picture: Picture): PixelSums {
  const sums = new Float64Array(ROW * (SIDE + 1));
  for (let y = 0; y < SIDE; y++)
    for (let i = 0; i < 3 * SIDE; i++) {
      const at = ROW * (y + 1) + i + 3;
      sums[at] = picture[3 * SIDE * y + i] + sums[at - 3] + sums[at - ROW] - sums[at - ROW - 3];
    }
  return sums;
}

/** From right to left. */
export function mirrored(picture: Picture): Picture {
  return picture.map((_, i) => {
    const [row, rest] = [Math.floor(i / (3 * SIDE)), i % (3 * SIDE)];
    const column = SIDE - 1 - Math.floor(rest / 3);
    return picture[3 * (SIDE * row + column) + (rest % 3)];
  });
}

/**
 * A part at a grid of `cells` × `cells`: float32 [cells · cells · 3], each colour less its mean, then of unit length, so that
 * the product of two is their correlation. Zeros without contrast.
 */
export function lookOf(sums: PixelSums, { left, top, right, bottom }: Box, cells: number): Float32Array {
  const corners = cornersOf(
    sums,
    SIDE * left,
    SIDE * top,
    SIDE * (right - left),
    SIDE * (bottom - top),
    cells,
  );
  const look = new Float32Array(3 * cells * cells);
  const row = 3 * (cells + 1);
  for (let y = 0; y < cells; y++)
    for (let i = 0; i < 3 * cells; i++) {
      const at = row * y + i;
      look[3 * cells * y + i] = corners[at + row + 3] - corners[at + row] - corners[at + 3] + corners[at];
    }
  const area = (SIDE * (right - left) * SIDE * (bottom - top)) / cells ** 2;
  return centred(look, area);
}

/** The sums at the corners of the cells, float64 [cells + 1, cells + 1, 3], between pixels by linear interpolation. */
function cornersOf(
  sums: PixelSums,
  left: number,
  top: number,
  width: number,
  height: number,
  cells: number,
): Float64Array {
  const corners = new Float64Array(3 * (cells + 1) ** 2);
  let at = 0;
  for (let row = 0; row <= cells; row++) {
    const y = top + (height * row) / cells;
    const above = Math.max(0, Math.min(SIDE - 1, Math.floor(y)));
    for (let column = 0; column <= cells; column++) {
      const x = left + (width * column) / cells;
      const before = Math.max(0, Math.min(SIDE - 1, Math.floor(x)));
      const from = ROW * above + 3 * before;
      const [right, down] = [x - before, y - above];
      for (let colour = 0; colour < 3; colour++) {
        const i = from + colour;
        const upper = sums[i] + right * (sums[i + 3] - sums[i]);
        const lower = sums[i + ROW] + right * (sums[i + ROW + 3] - sums[i + ROW]);
        corners[at++] = upper + down * (lower - upper);
      }
    }
  }
  return corners;
}

/** @param area of a cell, by which its sum is divided. */
function centred(sums: Float32Array, area: number): Float32Array {
  const means = [0, 0, 0];
  for (let i = 0; i < sums.length; i++) means[i % 3] += (3 * sums[i]) / sums.length;
  let squares = 0;
  for (let i = 0; i < sums.length; i++) {
    sums[i] -= means[i % 3];
    squares += sums[i] ** 2;
  }
  const length = Math.sqrt(squares);
  if (length < LEAST_CONTRAST * area * Math.sqrt(sums.length)) return sums.fill(0);
  for (let i = 0; i < sums.length; i++) sums[i] /= length;
  return sums;
}

/** The product of two looks, −1 to 1. */
export function correlation(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
