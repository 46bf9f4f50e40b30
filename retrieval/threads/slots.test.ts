import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createSlots } from './slots.ts';

test('no more work runs at a time than there are slots, in the order in which it came', async () => {
  const inSlot = createSlots(2);
  const started: number[] = [];
  let running = 0;
  let most = 0;
  const work = (number: number) => async () => {
    started.push(number);
    most = Math.max(most, ++running);
    await sleep(2);
    running--;
    return number;
  };
  const answers = await Promise.all([0, 1, 2, 3, 4, 5].map((number) => inSlot(work(number))));
  expect(answers).toEqual([0, 1, 2, 3, 4, 5]);
  expect(started).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test('work that fails gives its slot back', async () => {
  const inSlot = createSlots(1);
  await expect(inSlot(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await inSlot(async () => 'whole')).toBe('whole');
});
