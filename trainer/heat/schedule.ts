/** The course of α and of the learning rate through training: the heat-up switch of the paper, and what leads to it. */

export type HeatSchedule = {
  epochs: number;
  /** α = 1/temperature until the heat-up. */
  alpha: number;
  /** α after it; equal to `alpha` for the control that only cuts the learning rate. */
  heatedAlpha: number;
  learningRate: number;
  /** Factor on the learning rate after the heat-up; 1 for variants without one. */
  heatedRateFactor: number;
  /** First epoch (from 0) of the heated phase; `epochs` for variants without one. */
  heatUpEpoch: number;
  /** Epochs in which the learning rate climbs from 0, in a straight line; may be a fraction. */
  warmUpEpochs: number;
  /** `constant` as in the paper; `cosine` falls towards the heated rate until the heat-up (all of training without one). */
  decay: 'constant' | 'cosine';
};

/** The paper heats up after epoch index 60 of 80. */
export const HEAT_UP_AT = 61 / 80;

/** α and the learning rate at a time in epochs from 0, such as 3.5 for the middle of the fourth epoch. */
export function heatAt(schedule: HeatSchedule, time: number): { alpha: number; learningRate: number } {
  const { alpha, heatedAlpha, learningRate, heatedRateFactor, heatUpEpoch, warmUpEpochs, decay } = schedule;
  if (time >= heatUpEpoch) return { alpha: heatedAlpha, learningRate: learningRate * heatedRateFactor };
  if (time < warmUpEpochs) return { alpha, learningRate: (learningRate * time) / warmUpEpochs };
  if (decay === 'constant') return { alpha, learningRate };
  const progress = (time - warmUpEpochs) / (heatUpEpoch - warmUpEpochs);
  const floor = heatedRateFactor < 1 ? heatedRateFactor : 0;
  return {
    alpha,
    learningRate: learningRate * (floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2),
  };
}
