import { expect, test } from 'vitest';
import { planSchedule } from './plan-schedule.ts';
import { heatAt, type ScheduleKind } from './schedule.ts';
import { VARIANTS } from './variants.ts';

test.each([
  ['hln', 'ln'],
  ['hbn', 'bn'],
] as const)('%s differs from %s with the learning rate cut by its α at the end alone', (heated, plain) => {
  const { loss, head, alpha } = VARIANTS[heated];
  expect(VARIANTS[plain]).toMatchObject({ loss, head, alpha });
  const endOf = (kind: ScheduleKind) =>
    heatAt(planSchedule({ kind, epochs: 8, alpha: 16, learningRate: 1 }), 7.5);
  expect(endOf('step')).toEqual({ ...endOf('cut'), alpha: 4 });
});
