import { expect, test } from 'vitest';
import { CONTENDERS, type ContenderName, controlOf } from './contenders.ts';
import { planSchedule } from './plan-schedule.ts';
import { heatAt } from './schedule.ts';
import { VARIANTS, type Variant } from './variants.ts';

test('every variant is a contender on its own schedule, and only heated-up ones heat up', () => {
  for (const [variant, { heated }] of Object.entries(VARIANTS))
    expect(CONTENDERS[variant as Variant]).toEqual({ variant, schedule: heated ? 'step' : 'constant' });
});

test.each(['hln', 'hbn'] as const)(
  'the control of %s has its loss, head and learning rate, and another α at the end',
  (variant) => {
    const control = CONTENDERS[controlOf(variant) as ContenderName];
    const { loss, head, alpha } = VARIANTS[variant];
    expect(VARIANTS[control.variant]).toMatchObject({ loss, head, alpha });
    const endOf = (kind: typeof control.schedule) =>
      heatAt(planSchedule({ kind, epochs: 8, alpha: 16, learningRate: 1 }), 7.5);
    expect(endOf(control.schedule)).toEqual({ ...endOf(CONTENDERS[variant].schedule), alpha: 16 });
  },
);

test('what does not heat up has no control', () => {
  const controlled = Object.keys(VARIANTS).filter((variant) => controlOf(variant as Variant));
  expect(controlled).toEqual(['hln', 'hbn']);
});
