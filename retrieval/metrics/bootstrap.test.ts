import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { bootstrapMean } from './bootstrap.ts';

test('of a share the interval is the one of the binomial distribution', () => {
  const values = Array.from({ length: 400 }, (_, i) => (i < 100 ? 1 : 0));
  const { mean, low, high } = bootstrapMean(values, seededRandom(1));
  expect(mean).toBe(0.25);
  const reach = 1.96 * Math.sqrt((0.25 * 0.75) / 400);
  expect(low).toBeCloseTo(0.25 - reach, 2);
  expect(high).toBeCloseTo(0.25 + reach, 2);
});

test('nineteen in twenty intervals hold the truth', () => {
  const random = seededRandom(2);
  const held = Array.from({ length: 300 }, () => {
    const values = Array.from({ length: 80 }, () => random.normal());
    const { low, high } = bootstrapMean(values, random, 300);
    return low <= 0 && high >= 0;
  }).filter(Boolean).length;
  expect(held / 300).toBeGreaterThan(0.9);
  expect(held / 300).toBeLessThan(0.99);
});

test('paired differences that all agree leave no doubt', () => {
  expect(bootstrapMean([0.5, 0.5, 0.5], seededRandom(1))).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
  expect(() => bootstrapMean([], seededRandom(1))).toThrow('got none');
});
