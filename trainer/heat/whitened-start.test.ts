import { expect, test } from 'vitest';
import { symmetricEigen } from '../../retrieval/matrix/symmetric-eigen.ts';
import { seededRandom } from '../../retrieval/random.ts';
import { inverseCholesky } from './cholesky.ts';
import { whitenedStart } from './whitened-start.ts';

const FROM = 6;
const DIM = 2;

/** Classes differ along the first two numbers; the third varies most, and alike in every class. */
function sample(): { features: Float32Array; labels: Int32Array } {
  const random = seededRandom(3);
  const labels = Int32Array.from({ length: 200 }, (_, i) => i % 5);
  const rows = Array.from(labels, (label) => [
    Math.cos(label) + 0.1 * random.normal() + 4,
    Math.sin(label) + 0.1 * random.normal(),
    random.normal(),
    ...Array.from({ length: FROM - 3 }, () => 0.1 * random.normal()),
  ]);
  return { features: Float32Array.from(rows.flat()), labels };
}

test('what varies within classes is left out, what tells them apart is kept', async () => {
  const { features, labels } = sample();
  const { weight, mean } = await whitenedStart(features, labels, FROM, DIM, {}, seededRandom(1));
  const w = weight.data as Float32Array;
  expect([weight.dims, mean.dims]).toEqual([[DIM, FROM], [FROM]]);
  expect(mean.data[0]).toBeCloseTo(4 + labels.reduce((sum, label) => sum + Math.cos(label), 0) / 200, 1);
  const column = (j: number) => Math.hypot(w[j], w[FROM + j]);
  expect(column(0)).toBeGreaterThan(3 * column(2));
  expect(column(1)).toBeGreaterThan(3 * column(2));
  expect(Math.hypot(...w)).toBeCloseTo(Math.sqrt(DIM), 4);
});

test('the axes are those of the formula, computed the long way', async () => {
  const { features, labels } = sample();
  const rows = Array.from(labels, (_, i) => Array.from(features.subarray(i * FROM, (i + 1) * FROM)));
  const meanOf = (of: number[][]) =>
    of[0].map((_, j) => of.reduce((sum, row) => sum + row[j], 0) / of.length);
  const covarianceOf = (of: number[][]) =>
    of[0].map((_, i) => of[0].map((_, j) => of.reduce((sum, row) => sum + row[i] * row[j], 0) / of.length));
  const less = (row: number[], mean: number[]) => row.map((value, j) => value - mean[j]);
  const classMeans = [0, 1, 2, 3, 4].map((label) => meanOf(rows.filter((_, i) => labels[i] === label)));
  const within = covarianceOf(rows.map((row, i) => less(row, classMeans[labels[i]])));
  const total = covarianceOf(rows.map((row) => less(row, meanOf(rows))));
  const trace = within.reduce((sum, row, i) => sum + row[i], 0);
  const shrunk = within.map((row, i) => row.map((value, j) => value + (i === j ? trace / FROM : 0)));
  const inverse = inverseCholesky(shrunk.flat(), FROM) as Float64Array;
  const a = shrunk.map((_, i) => Array.from(inverse.subarray(i * FROM, (i + 1) * FROM)));
  const times = (x: number[][], y: number[][]) =>
    x.map((row) => y[0].map((_, j) => row.reduce((sum, value, k) => sum + value * y[k][j], 0)));
  const transposed = (x: number[][]) => x[0].map((_, j) => x.map((row) => row[j]));
  const { vectors } = symmetricEigen(times(times(a, total), transposed(a)));
  const expected = times(
    vectors.slice(0, DIM).map((vector) => Array.from(vector)),
    a,
  );
  const scale = Math.sqrt(DIM) / Math.hypot(...expected.flat());
  const { weight } = await whitenedStart(features, labels, FROM, DIM, {}, seededRandom(1));
  expected.forEach((row, i) => {
    const sign = Math.sign(row[0] * (weight.data[i * FROM] as number));
    row.forEach((value, j) => {
      expect(weight.data[i * FROM + j]).toBeCloseTo(sign * scale * value, 3);
    });
  });
});
