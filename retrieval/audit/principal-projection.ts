/** Embeddings in fewer dimensions: the first ones, or the principal ones. Rows come out at unit length. */
import { symmetricEigen } from '../matrix/symmetric-eigen.ts';
import { seededRandom, shuffled } from '../random.ts';

/** float32 [n, dim] → float32 [n, fewer] of unit length. */
export type Projection = (vectors: Float32Array) => Float32Array;

/** As many rows as tell the axes well. */
const MOST_ROWS = 5000;

/** The first `fewer` numbers of each vector. */
export function prefix(dim: number, fewer: number): Projection {
  return (vectors) => eachRow(vectors, dim, fewer, (row, to) => to.set(row.subarray(0, fewer)));
}

/**
 * Projections on the axes along which `vectors`, float32 [n, dim], spread most, after their mean is taken off (principal
 * component analysis). The axes are found once, for any number of them; of many vectors some drawn by the seed are looked at.
 */
export function principalProjection(
  vectors: Float32Array,
  dim: number,
  seed: number,
): (fewer: number) => Projection {
  const rows = drawnRows(vectors, dim, seed);
  const mean = Float64Array.from({ length: dim }, (_, d) => average(rows.map((row) => row[d] as number)));
  const axes = symmetricEigen(covariance(rows, mean)).vectors.map((axis) => Float64Array.from(axis));
  return (fewer) => (all) =>
    eachRow(all, dim, fewer, (row, to) => {
      for (let axis = 0; axis < fewer; axis++) {
        let sum = 0;
        const along = axes[axis] as Float64Array;
        for (let d = 0; d < dim; d++)
          sum += ((row[d] as number) - (mean[d] as number)) * (along[d] as number);
        to[axis] = sum;
      }
    });
}

function eachRow(
  vectors: Float32Array,
  dim: number,
  fewer: number,
  write: (row: Float32Array, to: Float32Array) => void,
): Float32Array {
  const rows = vectors.length / dim;
  const projected = new Float32Array(rows * fewer);
  for (let row = 0; row < rows; row++) {
    const to = projected.subarray(row * fewer, (row + 1) * fewer);
    write(vectors.subarray(row * dim, (row + 1) * dim), to);
    const length = Math.sqrt(to.reduce((sum, value) => sum + value * value, 0)) || 1;
    for (let d = 0; d < fewer; d++) to[d] = (to[d] as number) / length;
  }
  return projected;
}

function drawnRows(vectors: Float32Array, dim: number, seed: number): Float32Array[] {
  const all = Array.from({ length: vectors.length / dim }, (_, row) => row);
  const some = all.length > MOST_ROWS ? shuffled(all, seededRandom(seed, 'axes')).slice(0, MOST_ROWS) : all;
  return some.map((row) => vectors.subarray(row * dim, (row + 1) * dim));
}

function covariance(rows: readonly Float32Array[], mean: Float64Array): number[][] {
  const dim = mean.length;
  const sums = Array.from({ length: dim }, () => new Float64Array(dim));
  const centred = new Float64Array(dim);
  for (const row of rows) {
    for (let d = 0; d < dim; d++) centred[d] = (row[d] as number) - (mean[d] as number);
    for (let i = 0; i < dim; i++) {
      const [sum, value] = [sums[i] as Float64Array, centred[i] as number];
      for (let j = 0; j < dim; j++) sum[j] = (sum[j] as number) + value * (centred[j] as number);
    }
  }
  return sums.map((sum) => Array.from(sum, (value) => value / rows.length));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
