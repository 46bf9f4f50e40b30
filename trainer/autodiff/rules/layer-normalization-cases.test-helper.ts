/** Gradient cases of normalisations by each image, group of channels or token: the formulas written out. */
import * as tf from '@tensorflow/tfjs-core';
import { float } from '../../onnx/graph-builder.ts';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

const EPSILON = 1e-2;
const epsilon = float(EPSILON);

function standardized(x: tf.Tensor, axes: number[]): tf.Tensor {
  const { mean, variance } = tf.moments(x, axes, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, EPSILON)));
}

function layer(dims: number[], axis: number, scale: number[], shift?: number[]): GradientCase {
  const axes = dims.map((_, position) => position).slice(axis);
  return {
    name: `LayerNormalization of [${dims}] from axis ${axis} on, scale [${scale}]${shift ? `, shift [${shift}]` : ''}`,
    inputs: [normal(...dims), normal(...scale), ...(shift ? [normal(...shift)] : [])],
    build: (g, inputs) => g.op('LayerNormalization', inputs, { axis, epsilon }),
    reference: (x, factor, offset) => {
      const y = tf.mul(standardized(x, axes), factor);
      return offset ? tf.add(y, offset) : y;
    },
  };
}

function rootMeanSquare(dims: number[], axis: number): GradientCase {
  const axes = dims.map((_, position) => position).slice(axis);
  return {
    name: `RMSNormalization of [${dims}] from axis ${axis} on`,
    inputs: [normal(...dims), normal(...dims.slice(axis))],
    build: (g, inputs) => g.op('RMSNormalization', inputs, { axis, epsilon }),
    reference: (x, scale) => {
      const meanSquare = tf.mean(tf.square(x), axes, true);
      return tf.mul(tf.div(x, tf.sqrt(tf.add(meanSquare, EPSILON))), scale);
    },
    opset: 23,
  };
}

const perChannel = (values: tf.Tensor, rank: number) =>
  tf.reshape(values, [1, values.size, ...new Array(rank - 2).fill(1)]);

function instance(dims: number[]): GradientCase {
  return {
    name: `InstanceNormalization of [${dims}]`,
    inputs: [normal(...dims), normal(dims[1]), normal(dims[1])],
    build: (g, inputs) => g.op('InstanceNormalization', inputs, { epsilon }),
    reference: (x, scale, shift) => {
      const unit = standardized(x, dims.map((_, axis) => axis).slice(2));
      return tf.add(tf.mul(unit, perChannel(scale, x.rank)), perChannel(shift, x.rank));
    },
  };
}

function grouped(x: tf.Tensor, groups: number): tf.Tensor {
  const rows = tf.reshape(x, [x.shape[0], groups, -1]);
  return tf.reshape(standardized(rows, [2]), x.shape);
}

/** From operator set 21 on scale and shift are per channel, before per group. */
function group(dims: number[], groups: number, opset: 18 | 21): GradientCase {
  const channels = dims[1];
  const count = opset === 21 ? channels : groups;
  return {
    name: `GroupNormalization of [${dims}] in ${groups} groups, operator set ${opset}`,
    inputs: [normal(...dims), normal(count), normal(count)],
    build: (g, inputs) => g.op('GroupNormalization', inputs, { num_groups: groups, epsilon }),
    reference: (x, scale, shift) => {
      const repeat = (values: tf.Tensor) =>
        tf.reshape(tf.tile(tf.reshape(values, [count, 1]), [1, channels / count]), [channels]);
      const unit = grouped(x, groups);
      return tf.add(tf.mul(unit, perChannel(repeat(scale), x.rank)), perChannel(repeat(shift), x.rank));
    },
    opset,
  };
}

export const LAYER_NORMALIZATION_CASES: Record<string, GradientCase[]> = {
  LayerNormalization: [
    layer([2, 3, 5], -1, [5], [5]),
    layer([2, 3, 5], -1, [5]),
    layer([2, 3, 4], 1, [3, 4], [3, 4]),
    layer([2, 3, 4], -2, [3, 4], [4]),
    layer([4, 6], 1, [1], [6]),
  ],
  RMSNormalization: [rootMeanSquare([2, 3, 5], -1), rootMeanSquare([2, 3, 4], 1)],
  InstanceNormalization: [instance([2, 3, 4, 2]), instance([2, 3, 5])],
  GroupNormalization: [
    group([2, 6, 3, 2], 2, 18),
    group([2, 6, 3, 2], 2, 21),
    group([2, 6, 3, 2], 1, 21),
    group([2, 4, 5], 4, 21),
    group([3, 4, 5], 2, 18),
  ],
};
