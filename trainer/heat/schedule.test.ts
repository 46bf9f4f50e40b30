import { expect, test } from 'vitest';
import { type HeatSchedule, heatAt } from './schedule.ts';

const PAPER: HeatSchedule = {
  epochs: 80,
  alpha: 16,
  heatedAlpha: 4,
  learningRate: 0.004,
  heatedRateFactor: 0.1,
  heatUpEpoch: 61,
  warmUpEpochs: 0,
  decay: 'constant',
};

test('the heat-up divides α by four and the learning rate by ten, all at once', () => {
  expect(heatAt(PAPER, 0)).toEqual({ alpha: 16, learningRate: 0.004 });
  expect(heatAt(PAPER, 60.99)).toEqual({ alpha: 16, learningRate: 0.004 });
  expect(heatAt(PAPER, 61)).toEqual({ alpha: 4, learningRate: 0.0004 });
  expect(heatAt(PAPER, 79.99)).toEqual({ alpha: 4, learningRate: 0.0004 });
});

test('warm-up climbs in a straight line', () => {
  const schedule = { ...PAPER, warmUpEpochs: 2 };
  expect([0, 0.5, 1, 2].map((time) => heatAt(schedule, time).learningRate)).toEqual([0, 0.001, 0.002, 0.004]);
});

test('a cosine falls to the heated rate where the heat-up begins', () => {
  const schedule: HeatSchedule = { ...PAPER, warmUpEpochs: 1, decay: 'cosine' };
  expect(heatAt(schedule, 1).learningRate).toBeCloseTo(0.004, 9);
  expect(heatAt(schedule, 31).learningRate).toBeCloseTo((0.004 + 0.0004) / 2, 9);
  expect(heatAt(schedule, 60.999).learningRate).toBeCloseTo(0.0004, 7);
});

test('without a heat-up a cosine falls to zero', () => {
  const schedule: HeatSchedule = { ...PAPER, heatUpEpoch: 80, heatedRateFactor: 1, decay: 'cosine' };
  expect(heatAt(schedule, 40)).toEqual({ alpha: 16, learningRate: expect.closeTo(0.002, 9) });
  expect(heatAt(schedule, 79.999).learningRate).toBeLessThan(1e-8);
});
