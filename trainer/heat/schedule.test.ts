import { describe, expect, test } from 'vitest';
import { planSchedule, type ScheduleOptions } from './plan-schedule.ts';
import { bestEpoch, plateauEnd } from './plateau.ts';
import { type HeatSchedule, heatAt, heatUpEpochOf, type ScheduleKind, shouldStop } from './schedule.ts';

/** The paper's 80 epochs from α 16 at a learning rate of 0.004. */
function plan(kind: ScheduleKind, options: Partial<ScheduleOptions> = {}): HeatSchedule {
  return planSchedule({ kind, epochs: 80, alpha: 16, learningRate: 0.004, ...options });
}

test('the heat-up divides α by four and the learning rate by ten, all at once', () => {
  const schedule = plan('step');
  expect(heatAt(schedule, 0)).toEqual({ alpha: 16, learningRate: 0.004 });
  expect(heatAt(schedule, 60.99)).toEqual({ alpha: 16, learningRate: 0.004 });
  expect(heatAt(schedule, 61)).toEqual({ alpha: 4, learningRate: 0.0004 });
  expect(heatAt(schedule, 79.99)).toEqual({ alpha: 4, learningRate: 0.0004 });
});

test('the control has the learning rate of the heat-up at every time, and its α never changes', () => {
  for (const decay of ['constant', 'cosine'] as const)
    for (let time = 0; time < 80; time += 0.25) {
      const control = heatAt(plan('cut', { decay, warmUpEpochs: 2 }), time);
      expect(control.learningRate).toBe(heatAt(plan('step', { decay, warmUpEpochs: 2 }), time).learningRate);
      expect(control.alpha).toBe(16);
    }
});

test.each(['constant', 'learned'] as const)('%s changes neither α nor the learning rate', (kind) => {
  for (const time of [0, 60, 79.99])
    expect(heatAt(plan(kind), time)).toEqual({ alpha: 16, learningRate: 0.004 });
});

describe('gradual', () => {
  test('every tenth epoch of 80 takes α and the learning rate down a little', () => {
    expect(heatAt(plan('gradual'), 9.99)).toEqual({ alpha: 16, learningRate: 0.004 });
    expect(heatAt(plan('gradual'), 10)).toEqual({ alpha: 16 / 1.41, learningRate: 0.004 * 0.562 });
    const { alpha, learningRate } = heatAt(plan('gradual'), 79.99);
    expect(alpha).toBeCloseTo(16 / 1.41 ** 7, 9);
    expect(learningRate).toBeCloseTo(0.004 * 0.562 ** 7, 12);
  });

  test('four of its steps are about one heat-up', () => {
    const { alpha, learningRate } = heatAt(plan('gradual'), 40);
    expect(alpha).toBeCloseTo(4, 1);
    expect(learningRate).toBeCloseTo(0.0004, 5);
  });

  test('has as many steps in fewer epochs, each at the beginning of an epoch', () => {
    const schedule = plan('gradual', { epochs: 12 });
    const alphas = Array.from({ length: 48 }, (_, quarter) => heatAt(schedule, quarter / 4).alpha);
    expect(new Set(alphas).size).toBe(8);
    expect(alphas.every((alpha, quarter) => alpha === alphas[quarter - (quarter % 4)])).toBe(true);
  });
});

test('warm-up climbs in a straight line', () => {
  const schedule = plan('step', { warmUpEpochs: 2 });
  expect([0, 0.5, 1, 2].map((time) => heatAt(schedule, time).learningRate)).toEqual([0, 0.001, 0.002, 0.004]);
});

test('a cosine falls to the heated rate where the heat-up begins', () => {
  const schedule = plan('step', { warmUpEpochs: 1, decay: 'cosine' });
  expect(heatAt(schedule, 1).learningRate).toBeCloseTo(0.004, 9);
  expect(heatAt(schedule, 31).learningRate).toBeCloseTo((0.004 + 0.0004) / 2, 9);
  expect(heatAt(schedule, 60.999).learningRate).toBeCloseTo(0.0004, 7);
});

test('without a heat-up a cosine falls to zero', () => {
  const schedule = plan('constant', { decay: 'cosine' });
  expect(heatAt(schedule, 40)).toEqual({ alpha: 16, learningRate: expect.closeTo(0.002, 9) });
  expect(heatAt(schedule, 79.999).learningRate).toBeLessThan(1e-8);
});

describe('auto', () => {
  /** Improves until epoch 4, never after, but for one late record in the heated phase. */
  const scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.4, 0.5, 0.45, 0.55, 0.5, 0.5, 0.5];
  const schedule = plan('auto', { patience: 3 });

  test('heats up once validation has not improved for as long as its patience', () => {
    expect(heatUpEpochOf(schedule, scores.slice(0, 7))).toBe(61);
    expect(heatUpEpochOf(schedule, scores.slice(0, 8))).toBe(8);
    expect(heatAt(schedule, 7.99, scores.slice(0, 7))).toEqual({ alpha: 16, learningRate: 0.004 });
    expect(heatAt(schedule, 8, scores.slice(0, 8))).toEqual({ alpha: 4, learningRate: 0.0004 });
  });

  test('stops when it has not improved for as long again', () => {
    const stops = scores.map((_, epoch) => shouldStop(schedule, scores.slice(0, epoch + 1)));
    // The record of epoch 9 is three epochs old after epoch 12.
    expect(stops.indexOf(true)).toBe(12);
    const withoutRecord = scores.map((score) => Math.min(score, 0.5));
    expect(
      withoutRecord.map((_, epoch) => shouldStop(schedule, withoutRecord.slice(0, epoch + 1))).indexOf(true),
    ).toBe(10);
  });

  test('never takes a heat-up back, whatever the scores do later', () => {
    for (let count = 8; count <= scores.length; count++)
      expect(heatUpEpochOf(schedule, scores.slice(0, count))).toBe(8);
    expect(heatUpEpochOf(schedule, [...scores.slice(0, 8), 0.9, 1])).toBe(8);
  });

  test('heats up at the latest where the paper does, even if validation never stops improving', () => {
    const rising = Array.from({ length: 80 }, (_, epoch) => epoch);
    expect(heatAt(schedule, 60.99, rising.slice(0, 60)).alpha).toBe(16);
    expect(heatAt(schedule, 61, rising.slice(0, 61)).alpha).toBe(4);
  });

  test('has a patience of its own when none is given', () => {
    expect(plan('auto').patience).toBe(10);
    expect(plan('auto', { epochs: 8 }).patience).toBe(2);
  });
});

describe('early stopping', () => {
  test('needs a patience', () => {
    expect(shouldStop(plan('step'), new Array(80).fill(0))).toBe(false);
    expect(shouldStop(plan('constant', { patience: 2 }), [])).toBe(false);
  });

  test('counts from the last gain where there is no heat-up', () => {
    const schedule = plan('constant', { patience: 2 });
    expect(shouldStop(schedule, [1, 2, 2])).toBe(false);
    expect(shouldStop(schedule, [1, 2, 2, 1])).toBe(true);
  });

  test('does not come before the heat-up, which is given as long as any gain', () => {
    const schedule = plan('step', { epochs: 10, heatUpAt: 0.5, patience: 2 });
    const flat = new Array(10).fill(0.5);
    const stops = flat.map((_, epoch) => shouldStop(schedule, flat.slice(0, epoch + 1)));
    expect(stops.indexOf(true)).toBe(6);
  });
});

test('the best epoch is the first of equal ones', () => {
  expect(bestEpoch([])).toBe(-1);
  expect(bestEpoch([0.3, 0.5, 0.5])).toBe(1);
  expect(plateauEnd([0.3, 0.5, 0.5], 1)).toBe(3);
  expect(plateauEnd([0.3, 0.5, 0.6], 1)).toBeUndefined();
});
