import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { inverseCholesky } from './cholesky.ts';

test('the inverse half turns the matrix into the identity', () => {
  const n = 12;
  const random = seededRandom(1);
  const a = Array.from({ length: n * n }, random.normal);
  const at = (i: number, j: number) =>
    a.slice(i * n, i * n + n).reduce((sum, x, k) => sum + x * a[j * n + k], 0);
  const s = Array.from({ length: n * n }, (_, place) => at(Math.floor(place / n), place % n));
  const inverse = inverseCholesky(s, n);
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

test('a matrix that is not positive definite is refused', () => {
  expect(() => inverseCholesky([1, 2, 2, 1], 2)).toThrow('Pivot 1 is -3');
});
