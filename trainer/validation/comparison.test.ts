import { expect, test } from 'vitest';
import { compare, describeComparison, warningsOf } from './comparison.ts';
import type { Scores } from './validation.ts';

/** So many of the queries right, with average precisions to match. */
const scores = (right: number, of: number, precision = right / of): Scores => ({
  hits: Uint8Array.from({ length: of }, (_, i) => Number(i < right)),
  precisions: new Float64Array(of).fill(precision),
});

test('a clear gain is told with its intervals and without a warning', () => {
  const comparisons = compare({ open: scores(180, 200, 0.5) }, { open: scores(150, 200, 0.4) }, 1);
  expect(comparisons).toMatchObject([
    {
      protocol: 'open',
      queries: 200,
      recallAt1: { trained: { mean: 0.9 }, frozen: { mean: 0.75 }, gain: { mean: 0.15 } },
    },
  ]);
  expect(describeComparison(comparisons[0])).toMatch(
    /^On 200 images of classes that training never saw, recall@1 is 90\.0%, \+15\.0 against the frozen backbone \(\+1\d\.\d to \+\d\d\.\d\) and MAP@R 50\.0%, \+10\.0 against the frozen backbone \(\+10\.0 to \+10\.0\)\.$/,
  );
  expect(warningsOf(comparisons)).toEqual([]);
});

test('the interval is the paired one: queries that both answer alike add no doubt', () => {
  const [{ recallAt1 }] = compare({ closed: scores(101, 200) }, { closed: scores(100, 200) }, 1);
  expect(recallAt1.gain?.mean).toBeCloseTo(0.005, 10);
  expect((recallAt1.gain?.high ?? 1) - (recallAt1.gain?.low ?? 0)).toBeLessThan(0.025);
});

test.each([
  [150, 180, 0.5, 0.6, 'is worse than'],
  [150, 180, 0.6, 0.5, 'is worse than'],
  [149, 150, 0.6, 0.5, 'may be worse than'],
  [151, 150, 0.5, 0.5, 'is not surely better than'],
])('%i right against %i of 200, MAP@R %f against %f: %s', (ours, theirs, precision, before, words) => {
  const comparisons = compare(
    { closed: scores(ours, 200, precision) },
    { closed: scores(theirs, 200, before) },
    1,
  );
  expect(warningsOf(comparisons)[0]).toContain(`the trained model ${words} the frozen backbone`);
});

test('where every first neighbour is right already, MAP@R still tells that the model is better', () => {
  const comparisons = compare({ closed: scores(200, 200, 0.9) }, { closed: scores(200, 200, 0.6) }, 1);
  expect(warningsOf(comparisons)).toEqual([]);
});

test('a network from nothing has no backbone to beat', () => {
  const comparisons = compare({ closed: scores(150, 200) }, undefined, 1);
  expect(warningsOf(comparisons)).toEqual([]);
  expect(describeComparison(comparisons[0])).toMatch(
    /^On 200 new images of the classes trained on, recall@1 is 75\.0% \(\d+\.\d% to \d+\.\d%\) and MAP@R/,
  );
});
