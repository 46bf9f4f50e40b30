import { expect, test } from 'vitest';
import { inPairs, medianRatio, quantile } from './in-pairs.ts';

test('both sides are measured once a round, and take turns in going first', async () => {
  const order: string[] = [];
  const side = (name: string, ms: number) => async (round: number) => {
    order.push(`${name}${round}`);
    return ms;
  };
  const pairs = await inPairs('measuring', 3, side('ours', 3), side('theirs', 2));
  expect(order).toEqual(['ours0', 'theirs0', 'theirs1', 'ours1', 'ours2', 'theirs2']);
  expect(pairs).toEqual({ ours: [3, 3, 3], theirs: [2, 2, 2] });
});

test('the ratio is that of the pair in the middle, not of the middles', () => {
  expect(medianRatio({ ours: [10, 2, 30], theirs: [10, 1, 60] })).toBe(1);
  expect(quantile([5, 1, 4, 2, 3], 0.5)).toBe(3);
  expect(quantile([5, 1, 4, 2, 3], 0.95)).toBe(5);
});

test('stops between rounds', async () => {
  const controller = new AbortController();
  const stop = async () => {
    controller.abort();
    return 1;
  };
  const { signal } = controller;
  await expect(inPairs('measuring', 2, stop, stop, { signal })).rejects.toMatchObject({
    code: 'interrupted',
  });
});
