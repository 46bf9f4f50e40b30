import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { principalPlane } from './principal-plane.ts';

const DIM = 5;

/** Points whose numbers spread by these standard deviations, around (9, 9, 9, 9, 9). */
function spread(...deviations: number[]): Float32Array {
  const random = seededRandom(4);
  const rows = Array.from({ length: 3000 }, () =>
    deviations.map((deviation) => 9 + deviation * random.normal()),
  );
  return Float32Array.from(rows.flat());
}

test('points lie along the axes of the largest and second largest variance', () => {
  const vectors = spread(0.1, 2, 0.1, 5, 0.2);
  const points = principalPlane({ vectors, dim: DIM }, seededRandom(1));
  for (const [axis, number] of [
    [0, 3],
    [1, 1],
  ]) {
    const sign = Math.sign(points[axis] * (vectors[number] - 9));
    for (let row = 0; row < 3000; row += 50)
      expect(points[2 * row + axis]).toBeCloseTo(sign * (vectors[row * DIM + number] - 9), -0.5);
  }
});

test('the same seed gives the same points', () => {
  const set = { vectors: spread(1, 2, 3, 4, 5), dim: DIM };
  expect(principalPlane(set, seededRandom(1))).toEqual(principalPlane(set, seededRandom(1)));
});

test('equal vectors are one point', () => {
  const points = principalPlane({ vectors: new Float32Array(50).fill(0.5), dim: DIM }, seededRandom(1));
  expect(Math.max(...points.map(Math.abs))).toBeLessThan(1e-12);
});
