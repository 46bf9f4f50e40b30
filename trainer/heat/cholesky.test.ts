import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { inverseCholesky, inverseRoot } from './cholesky.ts';
import { MatrixProducts, transposed } from './matrices.ts';

test('the inverse half turns the matrix into the identity', () => {
  const n = 12;
  const random = seededRandom(1);
  const a = Array.from({ length: n * n }, random.normal);
  const at = (i: number, j: number) =>
    a.slice(i * n, i * n + n).reduce((sum, x, k) => sum + x * a[j * n + k], 0);
  const s = Array.from({ length: n * n }, (_, place) => at(Math.floor(place / n), place % n));
  const inverse = inverseCholesky(s, n) as Float64Array;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let product = 0;
      for (let k = 0; k < n; k++)
        for (let l = 0; l < n; l++) product += inverse[i * n + k] * s[k * n + l] * inverse[j * n + l];
      expect(product).toBeCloseTo(i === j ? 1 : 0, 8);
      if (j > i) expect(inverse[i * n + j]).toBe(0);
    }
  }
});

test('half by half it is the same', async () => {
  const n = 333;
  const random = seededRandom(2);
  const tall = Float32Array.from({ length: 2 * n * n }, random.normal);
  const products = await MatrixProducts.open();
  try {
    const rows = { rows: n, columns: 2 * n, values: tall };
    const s = await products.multiply(rows, transposed(rows));
    const expected = inverseCholesky(s.values, n) as Float64Array;
    const { values } = await inverseRoot(s, products);
    const length = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0));
    const error = Math.sqrt(values.reduce((sum, value, i) => sum + (value - expected[i]) ** 2, 0));
    expect(error / length).toBeLessThan(1e-5);
  } finally {
    await products.close();
  }
});

test('a matrix that is not positive definite is refused', async () => {
  expect(inverseCholesky([1, 2, 2, 1], 2)).toBeUndefined();
  const products = await MatrixProducts.open();
  const matrix = { rows: 2, columns: 2, values: Float32Array.of(1, 2, 2, 1) };
  await expect(inverseRoot(matrix, products)).rejects.toThrow('Expected a positive definite matrix');
  await products.close();
});

test('a row that nearly is a sum of those before it counts as dependent from the pivot on that is asked for', () => {
  const nearly = [1, 0.99, 0.99, 1];
  expect(inverseCholesky(nearly, 2)).toBeDefined();
  expect(inverseCholesky(nearly, 2, 0.1)).toBeUndefined();
});
