import { beforeAll, describe, expect, test } from 'vitest';
import { symmetricEigen } from '../../retrieval/matrix/symmetric-eigen.ts';
import { seededRandom } from '../../retrieval/random.ts';
import { principalStart } from './pca.ts';

const COUNT = 60;
const FEATURES = 24;
const DIM = 4;

/** Features far from zero whose variance falls along directions that are mixed over all numbers. */
const features = (() => {
  const random = seededRandom(1);
  const mixing = Array.from({ length: FEATURES * FEATURES }, random.normal);
  return Float32Array.from(
    Array.from({ length: COUNT }, () => {
      const z = Array.from({ length: FEATURES }, (_, k) => random.normal() / (k + 1));
      return z.map((_, f) => 3 + z.reduce((sum, value, k) => sum + value * mixing[k * FEATURES + f], 0));
    }).flat(),
  );
})();

const rowOf = (values: ArrayLike<number>, row: number, size: number) =>
  Array.from({ length: size }, (_, i) => values[row * size + i]);
const rowsOf = (values: ArrayLike<number>, size: number) =>
  Array.from({ length: values.length / size }, (_, row) => rowOf(values, row, size));
const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/** The covariance by its definition. */
function covariance(rows: number[][]): number[][] {
  const mean = rows[0].map((_, f) => rows.reduce((sum, row) => sum + row[f], 0) / rows.length);
  const centred = rows.map((row) => row.map((value, f) => value - mean[f]));
  return mean.map((_, i) =>
    mean.map(
      (_, j) =>
        dot(
          centred.map((row) => row[i]),
          centred.map((row) => row[j]),
        ) / rows.length,
    ),
  );
}

describe('the linear layer of principal component analysis', () => {
  let weight: number[][];
  let embeddings: number[][];
  beforeAll(async () => {
    const projection = await principalStart(features, FEATURES, DIM, {}, seededRandom(2));
    expect([projection.weight.dims, projection.mean.dims]).toEqual([[DIM, FEATURES], [FEATURES]]);
    weight = rowsOf(projection.weight.data as Float32Array, FEATURES);
    embeddings = rowsOf(features, FEATURES).map((row) =>
      weight.map((axis) =>
        dot(
          axis,
          row.map((value, f) => value - Number(projection.mean.data[f])),
        ),
      ),
    );
  });

  test('has the eigenvectors of the covariance, from the largest eigenvalue down', () => {
    const { vectors } = symmetricEigen(covariance(rowsOf(features, FEATURES)));
    weight.forEach((axis, i) => {
      expect(Math.abs(dot(axis, vectors[i]))).toBeCloseTo(1, 4);
    });
  });

  test('gives numbers of mean zero that do not depend on each other, with the largest variances there are', () => {
    const { values } = symmetricEigen(covariance(rowsOf(features, FEATURES)));
    const found = covariance(embeddings);
    found.forEach((row, i) => {
      expect(embeddings.reduce((sum, embedding) => sum + embedding[i], 0) / COUNT).toBeCloseTo(0, 4);
      row.forEach((value, j) => {
        expect(Math.abs(value - (i === j ? values[i] : 0)) / values[0]).toBeLessThan(1e-4);
      });
    });
  });
});

test('axes stay orthonormal where the features have fewer directions than are asked for', async () => {
  const flat = Float32Array.from({ length: 10 * FEATURES }, (_, i) =>
    i % FEATURES === 3 ? Math.floor(i / FEATURES) : 1,
  );
  const { weight } = await principalStart(flat, FEATURES, 6, {}, seededRandom(2));
  const axes = rowsOf(weight.data as Float32Array, FEATURES);
  expect(Math.abs(axes[0][3])).toBeCloseTo(1, 5);
  axes.forEach((a, i) => {
    axes.forEach((b, j) => {
      expect(dot(a, b)).toBeCloseTo(i === j ? 1 : 0, 5);
    });
  });
});

test('behind a layer normalisation the axes are those of the normalised features', async () => {
  const normalised = rowsOf(features, FEATURES).map((row) => {
    const mean = row.reduce((a, b) => a + b, 0) / FEATURES;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / FEATURES;
    return row.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
  });
  const { weight } = await principalStart(features, FEATURES, DIM, { layerNorm: true }, seededRandom(2));
  const { vectors } = symmetricEigen(covariance(normalised));
  rowsOf(weight.data as Float32Array, FEATURES).forEach((axis, i) => {
    expect(Math.abs(dot(axis, vectors[i]))).toBeCloseTo(1, 4);
  });
});

test('as many axes as numbers are a rotation, more are refused', async () => {
  const { weight } = await principalStart(features, FEATURES, FEATURES, {}, seededRandom(2));
  const axes = rowsOf(weight.data as Float32Array, FEATURES);
  for (const axis of axes) expect(dot(axis, axis)).toBeCloseTo(1, 5);
  await expect(principalStart(features, FEATURES, FEATURES + 1, {}, seededRandom(2))).rejects.toThrow(
    'Expected at most 24 numbers for an embedding that starts from the principal components of features of as many, got 25.',
  );
});
