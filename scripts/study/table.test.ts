import { expect, test } from 'vitest';
import { asMarkdown, type Line, summarise } from './table.ts';

const result = (variant: string, seed: number, recall: number) => ({
  varied: { variant, dim: 64, seed },
  recall: { 1: recall },
});

test('seeds become a mean and the half width of its interval by the t distribution', () => {
  const lines = summarise([result('hln', 1, 0.7), result('hln', 2, 0.72), result('hln', 3, 0.74)]);
  const line = lines[0] as Line;
  expect(line).toMatchObject({ varied: { variant: 'hln', dim: 64 }, seeds: 3 });
  const { mean, margin } = line.recall[1] as { mean: number; margin: number };
  expect(mean).toBeCloseTo(72, 10);
  // s = 2, t(0.975, 2) = 4.303.
  expect(margin).toBeCloseTo((4.303 * 2) / Math.sqrt(3), 3);
});

test('a table shows what differs, and no interval for a single seed', () => {
  const lines = summarise([result('sm', 1, 0.5), result('hln', 1, 0.7), result('hln', 2, 0.7)]);
  expect(asMarkdown(lines)).toBe(
    [
      '| variant | R@1 | seeds |',
      '| --- | --- | --- |',
      '| sm | 50.0 | 1 |',
      '| hln | 70.0 ± 0.0 | 2 |',
    ].join('\n'),
  );
});
