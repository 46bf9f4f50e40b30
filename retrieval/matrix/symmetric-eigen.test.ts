import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { symmetricEigen } from './symmetric-eigen.ts';

const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);

function randomSymmetric(n: number): number[][] {
  const random = seededRandom(n);
  const a = Array.from({ length: n }, () => Array.from({ length: n }, random.normal));
  return a.map((row, i) => row.map((value, j) => value + a[j][i]));
}

test.each([1, 2, 5, 40])('A·v = λ·v for orthonormal v and falling λ, with %d rows', (n) => {
  const matrix = randomSymmetric(n);
  const { values, vectors } = symmetricEigen(matrix);
  expect(values).toEqual([...values].sort((a, b) => b - a));
  vectors.forEach((v, i) => {
    for (const [row, entries] of matrix.entries()) expect(dot(entries, v)).toBeCloseTo(values[i] * v[row], 9);
    vectors.forEach((w, j) => {
      expect(dot(v, w)).toBeCloseTo(i === j ? 1 : 0, 11);
    });
  });
});

test('equal eigenvalues, zeros and a diagonal matrix are no trouble', () => {
  const diagonal = [
    [2, 0, 0],
    [0, 5, 0],
    [0, 0, 2],
  ];
  expect(symmetricEigen(diagonal).values).toEqual([5, 2, 2]);
  const ones = new Array(3).fill([1, 1, 1]);
  const { values } = symmetricEigen(ones);
  [3, 0, 0].forEach((value, i) => {
    expect(values[i]).toBeCloseTo(value, 12);
  });
  expect(symmetricEigen([[0]])).toEqual({ values: [0], vectors: [[1]] });
});
