import { expect, test } from 'vitest';
import { compare, describeComparison, warningsOf } from './comparison.ts';

const hits = (right: number, of: number) => Uint8Array.from({ length: of }, (_, i) => Number(i < right));

test('a clear gain is told with its interval and without a warning', () => {
  const comparisons = compare({ open: hits(180, 200) }, { open: hits(150, 200) }, 1);
  expect(comparisons).toMatchObject([
    { protocol: 'open', queries: 200, trained: { mean: 0.9 }, frozen: { mean: 0.75 }, gain: { mean: 0.15 } },
  ]);
  expect(describeComparison(comparisons[0])).toMatch(
    /^On 200 images of classes that training never saw, recall@1 is 90\.0%, \+15\.0 points against the frozen backbone's 75\.0% \(95% interval \+1\d\.\d points to \+\d\d\.\d points\)\.$/,
  );
  expect(warningsOf(comparisons)).toEqual([]);
});

test('the interval is the paired one: queries that both answer alike add no doubt', () => {
  const [{ gain }] = compare({ closed: hits(101, 200) }, { closed: hits(100, 200) }, 1);
  expect(gain?.mean).toBeCloseTo(0.005, 10);
  expect((gain?.high ?? 1) - (gain?.low ?? 0)).toBeLessThan(0.025);
});

test.each([
  [150, 180, 'is worse than the frozen backbone'],
  [150, 150, 'does not beat the frozen backbone'],
  [151, 150, 'may not beat the frozen backbone'],
])('%i right against %i of 200 is warned of: %s', (ours, theirs, words) => {
  const comparisons = compare({ closed: hits(ours, 200) }, { closed: hits(theirs, 200) }, 1);
  expect(warningsOf(comparisons)[0]).toContain(words);
});

test('a network from nothing has no backbone to beat', () => {
  const comparisons = compare({ closed: hits(150, 200) }, undefined, 1);
  expect(warningsOf(comparisons)).toEqual([]);
  expect(describeComparison(comparisons[0])).toMatch(
    /^On 200 new images of the classes trained on, recall@1 is 75\.0% \(95% interval \d+\.\d% to \d+\.\d%\)\.$/,
  );
});
