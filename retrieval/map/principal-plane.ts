/** Vectors as points in the plane in which they spread the most: their first two principal components. */
import type { UnitVectors } from '../cluster/unit-vectors.ts';
import { type Random, shuffled } from '../random.ts';

/** Vectors that the axes are found from; of more, so many are drawn. */
const LOOKED_AT = 2000;
/** Rounds of power iteration: the axes need not be exact. */
const ROUNDS = 40;

/** Points float64 [n, 2]: along the axis of the largest variance, and along that of the largest beside it. */
export function principalPlane({ vectors, dim }: UnitVectors, random: Random): Float64Array {
  const count = vectors.length / dim;
  const rows = shuffled([...Array(count).keys()], random).slice(0, LOOKED_AT);
  const mean = meanOf(vectors, rows, dim);
  const points = new Float64Array(2 * count);
  const axes: Float64Array[] = [];
  for (const axis of [0, 1]) {
    let direction: Float64Array = Float64Array.from({ length: dim }, random.normal);
    for (let round = 0; round < ROUNDS; round++)
      direction = toUnit(without(axes, varianceAlong(vectors, rows, mean, direction)));
    axes.push(direction);
    for (let row = 0; row < count; row++) points[2 * row + axis] = along(vectors, row, mean, direction);
  }
  return points;
}

function meanOf(vectors: Float32Array, rows: number[], dim: number): Float64Array {
  const mean = new Float64Array(dim);
  for (const row of rows) for (let d = 0; d < dim; d++) mean[d] += vectors[row * dim + d] / rows.length;
  return mean;
}

/** The covariance times a direction, without making the covariance. */
function varianceAlong(
  vectors: Float32Array,
  rows: number[],
  mean: Float64Array,
  direction: Float64Array,
): Float64Array {
  const sum = new Float64Array(mean.length);
  for (const row of rows) {
    const weight = along(vectors, row, mean, direction);
    for (let d = 0; d < mean.length; d++) sum[d] += weight * (vectors[row * mean.length + d] - mean[d]);
  }
  return sum;
}

function along(vectors: Float32Array, row: number, mean: Float64Array, direction: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < mean.length; d++) sum += (vectors[row * mean.length + d] - mean[d]) * direction[d];
  return sum;
}

/** What is left of a direction beside those found before. */
function without(axes: Float64Array[], direction: Float64Array): Float64Array {
  const left = direction.slice();
  for (const axis of axes) {
    const shared = left.reduce((sum, value, d) => sum + value * axis[d], 0);
    for (let d = 0; d < left.length; d++) left[d] -= shared * axis[d];
  }
  return left;
}

/** Nothing stays nothing: where all vectors are equal there is no axis. */
function toUnit(direction: Float64Array): Float64Array {
  const length = Math.hypot(...direction);
  return length > 0 ? direction.map((value) => value / length) : direction;
}
