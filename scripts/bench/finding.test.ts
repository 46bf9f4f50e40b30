import { expect, test } from 'vitest';
import { describeAnswer, type Finding, judge } from './finding.ts';

const FINDING: Finding = {
  bench: 'step',
  peer: 'PyTorch 1.13',
  ratio: 1.23456,
  claims: [{ what: 'ours ÷ theirs', value: 1.23456, atMost: 1.5 }],
  figures: { 'step ms': 12.34567, parameters: 1408896 },
};

test('holds where every claim keeps its bar', () => {
  const recall = { what: 'recall', value: 0.97, atLeast: 0.98 };
  expect(judge(FINDING).holds).toBe(true);
  expect(judge({ ...FINDING, claims: [...FINDING.claims, recall] }).holds).toBe(false);
});

test('what was not measured neither holds nor fails', () => {
  const skipped = judge({ ...FINDING, ratio: null, claims: [], skipped: 'No module named torch' });
  expect(skipped).toMatchObject({ holds: null, ratio: null });
  expect(describeAnswer(skipped)).toContain('not measured: No module named torch');
});

test('shows claims with their bars, and figures to four digits', () => {
  const text = describeAnswer(judge(FINDING));
  expect(text).toMatch(/ours ÷ theirs +1\.235 +at most 1\.5 +holds/);
  expect(text).toMatch(/step ms +12\.35/);
  expect(text).toMatch(/parameters +1408896/);
});
