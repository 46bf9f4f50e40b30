import { expect, test } from 'vitest';
import { averagePrecisions, classSizes, MOST_RANKS } from './map-at-r.ts';

const REFERENCES = ['a', 'b', 'a', 'c', 'a', 'b'];

test('the examples of the definition: matches count more the earlier they come, and only within R ranks', () => {
  const sizes = classSizes(['a', 'b', 'd'], REFERENCES, false);
  expect([...sizes]).toEqual([3, 2, 0]);
  const neighbours = {
    k: 3,
    indices: Int32Array.of(0, 1, 2, 0, 5, 1, 0, 1, 2),
    similarities: new Float32Array(9),
  };
  const [a, b, none] = averagePrecisions(neighbours, ['a', 'b', 'd'], REFERENCES, sizes);
  expect(a).toBeCloseTo((1 / 1 + 2 / 3) / 3, 10);
  // The third rank would match, but R is 2.
  expect(b).toBeCloseTo(1 / 2 / 2, 10);
  expect(none).toBe(0);
});

test('among each other a query is no match of itself, and R has a limit', () => {
  expect([...classSizes(REFERENCES, REFERENCES, true)]).toEqual([2, 1, 2, 0, 2, 1]);
  const many = new Array(MOST_RANKS + 50).fill('a');
  expect(classSizes(many, many, true)[0]).toBe(MOST_RANKS);
});
