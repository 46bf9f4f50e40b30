import { expect, test } from 'vitest';
import { splitClasses } from './split-classes.ts';

const classes = Array.from({ length: 101 }, (_, i) => ({ slug: `class-${i}` }));

test('each class is in one half', () => {
  const { train, test } = splitClasses(classes, 1);
  expect([train.length, test.length]).toEqual([51, 50]);
  expect(new Set([...train, ...test]).size).toBe(101);
});

test('a seed gives one split, whatever the order', () => {
  expect(splitClasses(classes.toReversed(), 1)).toEqual(splitClasses(classes, 1));
  expect(splitClasses(classes, 2)).not.toEqual(splitClasses(classes, 1));
});
