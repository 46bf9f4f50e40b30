/** Gradient cases of normalisation layers, on the statistics of the batch and on fixed ones. */
import * as tf from '@tensorflow/tfjs-core';
import { float } from '../../onnx/graph-builder.ts';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

const MEAN = [0.5, -0.25, 0];
const VARIANCE = [0.5, 2, 1];
const EPSILON = 1e-3;

/** A vector of 3 channels as tfjs broadcasts it to [N, 3, ...]. */
const perChannel = (values: tf.Tensor | number[], rank: number) =>
  tf.reshape(values, [1, 3, ...new Array(rank - 2).fill(1)]);

function normalized(x: tf.Tensor, mean: tf.Tensor, variance: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) {
  const unit = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, EPSILON)));
  return tf.add(tf.mul(unit, perChannel(scale, x.rank)), perChannel(shift, x.rank));
}

/** ONNX Runtime writes over the memory of the running statistics, so they must not be those of other cases. */
function byBatch(dims: number[]): GradientCase {
  const axes = dims.map((_, axis) => axis).filter((axis) => axis !== 1);
  return {
    name: `BatchNormalization of [${dims}] by the batch`,
    inputs: [normal(...dims), normal(3), normal(3)],
    build: (g, [x, scale, shift]) =>
      g.ops('BatchNormalization', [x, scale, shift, g.floats([7, 8, 9]), g.floats([1, 2, 3])], 3, {
        epsilon: float(EPSILON),
        momentum: float(0),
        training_mode: 1,
      })[0],
    reference: (x, scale, shift) => {
      const { mean, variance } = tf.moments(x, axes, true);
      return normalized(x, mean, variance, scale, shift);
    },
  };
}

function byFixed(dims: number[]): GradientCase {
  return {
    name: `BatchNormalization of [${dims}] by fixed statistics`,
    inputs: [normal(...dims), normal(3), normal(3)],
    build: (g, [x, scale, shift]) =>
      g.op('BatchNormalization', [x, scale, shift, g.floats(MEAN), g.floats(VARIANCE)], {
        epsilon: float(EPSILON),
      }),
    reference: (x, scale, shift) =>
      normalized(x, perChannel(MEAN, x.rank), perChannel(VARIANCE, x.rank), scale, shift),
  };
}

export const NORMALIZATION_CASES: Record<string, GradientCase[]> = {
  BatchNormalization: [
    byBatch([4, 3, 3, 2]),
    byBatch([8, 3]),
    byBatch([3, 3, 5]),
    byFixed([2, 3, 3, 2]),
    byFixed([4, 3]),
  ],
};
