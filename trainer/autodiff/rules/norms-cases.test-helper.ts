/** Gradient cases of p-norms. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, type Input, normal, spaced } from '../check-gradients.test-helper.ts';
import { channelsFirst, channelsLast } from '../tfjs.test-helper.ts';
import {
  padded,
  sumWindows,
  WINDOWS,
  type WindowSettings,
  windowAttributes,
} from './pooling-cases.test-helper.ts';

const norm = (x: tf.Tensor, p: number, axes: number[]) =>
  tf.pow(tf.sum(tf.pow(tf.abs(x), p), axes, true), 1 / p);

function normalization(dims: number[], axis: number, p: 1 | 2): GradientCase {
  return {
    name: `LpNormalization of [${dims}] along axis ${axis}, p ${p}`,
    inputs: [spaced(...dims)],
    build: (g, [x]) => g.op('LpNormalization', [x], { axis, p }),
    reference: (x) => tf.div(x, norm(x, p, [(axis + dims.length) % dims.length])),
  };
}

function globalPool(dims: number[], p: number): GradientCase {
  return {
    name: `GlobalLpPool of [${dims}], p ${p}`,
    inputs: [spaced(...dims)],
    build: (g, [x]) => g.op('GlobalLpPool', [x], { p }),
    reference: (x) => norm(x, p, dims.map((_, axis) => axis).slice(2)),
  };
}

function pool(
  settings: WindowSettings,
  p: number,
  input: (...dims: number[]) => Input = spaced,
): GradientCase {
  return {
    name: `LpPool ${settings.name}, p ${p}`,
    inputs: [input(...settings.x)],
    build: (g, inputs) => g.op('LpPool', inputs, { ...windowAttributes(settings), p }),
    reference: (x) => {
      const powers = padded(channelsLast(tf.pow(tf.abs(x), p)), settings);
      return channelsFirst(tf.pow(sumWindows(powers, settings), 1 / p));
    },
  };
}

export const NORM_CASES: Record<string, GradientCase[]> = {
  LpNormalization: [
    normalization([3, 4], -1, 2),
    normalization([2, 3, 2], 1, 2),
    normalization([2, 3, 2], 1, 1),
    normalization([4, 3], 0, 1),
  ],
  GlobalLpPool: [globalPool([2, 3, 3, 2], 2), globalPool([2, 2, 4], 3), globalPool([2, 2, 3, 3], 1)],
  LpPool: [...WINDOWS.map((settings) => pool(settings, 2)), pool(WINDOWS[0], 1), pool(WINDOWS[3], 3, normal)],
};
