import { expect, test } from 'vitest';
import { durationText, TimeLeft } from './time-left.ts';

test('the time left follows from the pace so far', () => {
  const left = new TimeLeft();
  left.note(0, 0);
  left.note(10, 1000);
  expect(left.seconds(10, 100, 1000)).toBe(9);
});

test('work that goes on where it was stopped is not taken for fast', () => {
  const left = new TimeLeft();
  left.note(500, 0);
  left.note(510, 1000);
  expect(left.seconds(510, 600, 1000)).toBe(9);
});

test('a slow beginning is forgotten after half a minute', () => {
  const left = new TimeLeft();
  for (let second = 0; second <= 60; second++) left.note(second, second * 1000);
  for (let second = 61; second <= 100; second++) left.note(60 + (second - 60) * 10, second * 1000);
  expect(left.seconds(460, 560, 100_000)).toBeCloseTo(10);
});

test('nothing is said about work that has not moved', () => {
  const left = new TimeLeft();
  expect(left.seconds(0, 10, 0)).toBeUndefined();
  left.note(0, 0);
  expect(left.seconds(0, 10, 5000)).toBeUndefined();
});

test('durations are said in the two largest units', () => {
  expect([0.2, 59, 75, 7300].map(durationText)).toEqual(['1 s', '59 s', '1 min 15 s', '2 h 1 min']);
});
