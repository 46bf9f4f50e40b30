import { expect, test } from 'vitest';
import { spreadWithinClasses } from './spread.ts';

const at = (degrees: number, length = 1) => [
  length * Math.cos((degrees * Math.PI) / 180),
  length * Math.sin((degrees * Math.PI) / 180),
];

test('vectors that all point as their class does have no spread, whatever their length', () => {
  const vectors = Float32Array.from([at(30), at(30, 7), at(200), at(200, 0.1)].flat());
  expect(spreadWithinClasses(vectors, Int32Array.of(0, 0, 1, 1))).toBeCloseTo(0, 1);
});

test('the spread is the mean angle to the mean direction', () => {
  // 10° on either side in one class, 0° in the other.
  const vectors = Float32Array.from([at(350), at(10, 3), at(90), at(90)].flat());
  expect(spreadWithinClasses(vectors, Int32Array.of(5, 5, 2, 2))).toBeCloseTo(5, 3);
});
