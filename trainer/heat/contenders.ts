/** What a study compares by name: every variant on its own schedule, and the controls without which a gain by heating up proves little. */
import type { ScheduleKind } from './schedule.ts';
import { VARIANTS, type Variant } from './variants.ts';

export type Contender = { variant: Variant; schedule: ScheduleKind };

/** Heating up also cuts the learning rate; these only do that, at the same epoch. */
const CONTROLS = {
  'ln-cut': { variant: 'ln', schedule: 'cut' },
  'bn-cut': { variant: 'bn', schedule: 'cut' },
} as const satisfies Record<string, Contender>;

export type ContenderName = Variant | keyof typeof CONTROLS;

export const CONTENDERS: Readonly<Record<ContenderName, Contender>> = {
  ...(Object.fromEntries(Object.keys(VARIANTS).map((name) => [name, ownSchedule(name as Variant)])) as Record<
    Variant,
    Contender
  >),
  ...CONTROLS,
};

/** The control that a heated-up variant has to be compared with; undefined for the others. */
export function controlOf(variant: Variant): ContenderName | undefined {
  return variant === 'hln' ? 'ln-cut' : variant === 'hbn' ? 'bn-cut' : undefined;
}

function ownSchedule(variant: Variant): Contender {
  return { variant, schedule: VARIANTS[variant].heated ? 'step' : 'constant' };
}
