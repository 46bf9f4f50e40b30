/** Unit vectors side by side, and the little arithmetic that clustering does with them one at a time. */
import { SinterError } from '../errors.ts';

/** Float32 [count, dim], row by row, each of unit length. */
export type UnitVectors = { vectors: Float32Array; dim: number };

/** How many rows there are; throws `bad-input` where the numbers are not whole rows. */
export function rowCount({ vectors, dim }: UnitVectors): number {
  const count = vectors.length / dim;
  if (Number.isInteger(count)) return count;
  throw new SinterError('bad-input', `Expected rows of ${dim} numbers; got ${vectors.length} numbers.`);
}

/** The cosine of row `i` of `a` and row `j` of `b`. Four sums side by side, so that one need not wait for the other. */
export function cosine(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let [p, q] = [i * dim, j * dim];
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  const end = p + dim - (dim % 4);
  for (; p < end; p += 4, q += 4) {
    s0 += a[p] * b[q];
    s1 += a[p + 1] * b[q + 1];
    s2 += a[p + 2] * b[q + 2];
    s3 += a[p + 3] * b[q + 3];
  }
  for (const last = (i + 1) * dim; p < last; p++, q++) s0 += a[p] * b[q];
  return s0 + s1 + (s2 + s3);
}

/** The distance in space of rows `i` and `j`, 0 to 2. */
export function distance(vectors: Float32Array, i: number, j: number, dim: number): number {
  let squared = 0;
  for (let p = i * dim, q = j * dim, end = p + dim; p < end; p++, q++)
    squared += (vectors[p] - vectors[q]) ** 2;
  return Math.sqrt(squared);
}

/** The distance in space of two unit vectors of this cosine, 0 to 2. */
export function chord(cosine: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * cosine));
}

/** The rows of these numbers, one after another. */
export function takeRows({ vectors, dim }: UnitVectors, rows: ArrayLike<number>): Float32Array {
  const taken = new Float32Array(rows.length * dim);
  for (let i = 0; i < rows.length; i++)
    taken.set(vectors.subarray(rows[i] * dim, (rows[i] + 1) * dim), i * dim);
  return taken;
}

/** Divides row `i` of `sums` by its length, in place, and answers that length; a row of zeros stays. */
export function toUnitLength(sums: Float32Array | Float64Array, i: number, dim: number): number {
  let squared = 0;
  for (let d = i * dim; d < (i + 1) * dim; d++) squared += sums[d] * sums[d];
  const length = Math.sqrt(squared);
  if (length > 0) for (let d = i * dim; d < (i + 1) * dim; d++) sums[d] /= length;
  return length;
}
