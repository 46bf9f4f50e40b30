/** From what a user chooses to a schedule: the paper's values wherever something is left open. */
import { HEAT_UP_AT, type HeatSchedule, type ScheduleKind } from './schedule.ts';

export type ScheduleOptions = {
  kind: ScheduleKind;
  epochs: number;
  alpha: number;
  learningRate: number;
  /** α after the heat-up; default a quarter of `alpha`. */
  heatedAlpha?: number | undefined;
  /** Share of the epochs before the heat-up, the latest one of `auto`; default the paper's 61 of 80. */
  heatUpAt?: number | undefined;
  warmUpEpochs?: number | undefined;
  decay?: HeatSchedule['decay'] | undefined;
  /** Default for `auto` an eighth of the epochs, at least 2; otherwise none. */
  patience?: number | undefined;
};

const HEATED_ALPHA_FACTOR = 0.25;
const HEATED_RATE_FACTOR = 0.1;

/** How each kind ends: whether the learning rate is cut, and whether α is as well. */
const ENDS: Record<ScheduleKind, { cuts: boolean; heats: boolean }> = {
  constant: { cuts: false, heats: false },
  step: { cuts: true, heats: true },
  cut: { cuts: true, heats: false },
  gradual: { cuts: false, heats: false },
  learned: { cuts: false, heats: false },
  auto: { cuts: true, heats: true },
};

export function planSchedule(options: ScheduleOptions): HeatSchedule {
  const { kind, epochs, alpha, learningRate } = options;
  const { heatedAlpha = alpha * HEATED_ALPHA_FACTOR, heatUpAt = HEAT_UP_AT } = options;
  const { warmUpEpochs = 0, decay = 'constant' } = options;
  const patience = options.patience ?? (kind === 'auto' ? Math.max(2, Math.round(epochs / 8)) : undefined);
  const { cuts, heats } = ENDS[kind];
  return {
    kind,
    epochs,
    alpha,
    heatedAlpha: heats ? heatedAlpha : alpha,
    learningRate,
    heatedRateFactor: cuts ? HEATED_RATE_FACTOR : 1,
    heatUpEpoch: cuts ? Math.round(epochs * heatUpAt) : epochs,
    warmUpEpochs,
    decay,
    ...(patience !== undefined && { patience }),
  };
}
