/**
 * The course of α and of the learning rate through training: the heat-up of the paper, what it is compared with, and what
 * leads to it. Everything here follows from the schedule, the time and the validation so far, so a run that goes on from a
 * checkpoint gets what it would have got.
 */
import { bestEpoch, plateauEnd } from './plateau.ts';

/** Every course with its title. */
export const SCHEDULES = {
  constant: 'α stays as it is',
  step: 'heat up: a quarter of α, a tenth of the learning rate',
  cut: 'a tenth of the learning rate, α unchanged: what heating up must beat',
  gradual: 'heat up in eight small steps',
  learned: 'α is trained with the weights',
  auto: 'heat up when validation stops improving, stop when it does so again',
} as const;

export type ScheduleKind = keyof typeof SCHEDULES;

export type HeatSchedule = {
  kind: ScheduleKind;
  epochs: number;
  /** α = 1/temperature until the heat-up; what a learned α starts from. */
  alpha: number;
  /** α after it; equal to `alpha` where only the learning rate is cut. */
  heatedAlpha: number;
  learningRate: number;
  /** Factor on the learning rate after the heat-up; 1 without one. */
  heatedRateFactor: number;
  /** First epoch (from 0) of the heated phase, the latest one if it is `auto`; `epochs` without a heat-up. */
  heatUpEpoch: number;
  /** Epochs in which the learning rate climbs from 0, in a straight line; may be a fraction. */
  warmUpEpochs: number;
  /** `constant` as in the paper; `cosine` falls towards the heated rate until the heat-up (all of training without one). */
  decay: 'constant' | 'cosine';
  /** Epochs without a better validation after which the last phase ends; `auto` heats up after as many. Absent: all epochs are trained. */
  patience?: number;
};

/** The paper heats up after epoch index 60 of 80. */
export const HEAT_UP_AT = 61 / 80;

/** `--alpha_decay` of the authors' code: every 10 of 80 epochs α is divided by 1.41 and the learning rate multiplied by 0.562. */
const GRADUAL = { stages: 8, alphaDivisor: 1.41, rateFactor: 0.562 };

/**
 * α and the learning rate.
 * @param time in epochs from 0, such as 3.5 for the middle of the fourth epoch.
 * @param scores validation after each epoch until then, higher is better; only `auto` looks at them.
 */
export function heatAt(
  schedule: HeatSchedule,
  time: number,
  scores: readonly number[] = [],
): { alpha: number; learningRate: number } {
  const { kind, epochs, alpha, heatedAlpha, learningRate, heatedRateFactor } = schedule;
  if (time >= heatUpEpochOf(schedule, scores))
    return { alpha: heatedAlpha, learningRate: learningRate * heatedRateFactor };
  const stage = kind === 'gradual' ? Math.floor((Math.floor(time) * GRADUAL.stages) / epochs) : 0;
  return {
    alpha: alpha / GRADUAL.alphaDivisor ** stage,
    learningRate: learningRate * courseAt(schedule, time) * GRADUAL.rateFactor ** stage,
  };
}

/** First epoch of the heated phase, as far as the scores say. */
export function heatUpEpochOf(schedule: HeatSchedule, scores: readonly number[]): number {
  const { kind, heatUpEpoch, patience } = schedule;
  if (kind !== 'auto' || patience === undefined) return heatUpEpoch;
  return Math.min(heatUpEpoch, plateauEnd(scores, patience) ?? heatUpEpoch);
}

/**
 * Whether training should end after the epochs that have scores: the last phase (all of training without a heat-up) has gone
 * on for `patience` epochs without a score above all before. Never without a patience.
 */
export function shouldStop(schedule: HeatSchedule, scores: readonly number[]): boolean {
  const { patience, epochs } = schedule;
  if (patience === undefined || scores.length === 0) return false;
  const heatUp = heatUpEpochOf(schedule, scores);
  const phase = heatUp < epochs ? heatUp : 0;
  const lastGain = Math.max(bestEpoch(scores), phase - 1);
  return scores.length - 1 - lastGain >= patience;
}

/** The factor on the learning rate that warm-up and decay give before the heat-up, 0 to 1. */
function courseAt({ heatedRateFactor, heatUpEpoch, warmUpEpochs, decay }: HeatSchedule, time: number) {
  if (time < warmUpEpochs) return time / warmUpEpochs;
  if (decay === 'constant') return 1;
  const progress = (time - warmUpEpochs) / (heatUpEpoch - warmUpEpochs);
  const floor = heatedRateFactor < 1 ? heatedRateFactor : 0;
  return floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2;
}
