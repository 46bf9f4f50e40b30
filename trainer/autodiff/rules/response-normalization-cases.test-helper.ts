/** Gradient cases of LRN: the sum over neighbouring channels written out, one shifted slice a neighbour. */
import * as tf from '@tensorflow/tfjs-core';
import { float } from '../../onnx/graph-builder.ts';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

function neighbourSums(x: tf.Tensor4D, size: number): tf.Tensor4D {
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const padded = tf.pad(x, [
    [0, 0],
    [before, after],
    [0, 0],
    [0, 0],
  ]);
  const shifts = Array.from({ length: size }, (_, shift) => tf.slice(padded, [0, shift, 0, 0], x.shape));
  return tf.addN(shifts);
}

function lrn(channels: number, size: number, alpha: number, beta: number, bias: number): GradientCase {
  return {
    name: `LRN over ${size} of ${channels} channels`,
    inputs: [normal(2, channels, 2, 3)],
    build: (g, [x]) => g.op('LRN', [x], { size, alpha: float(alpha), beta: float(beta), bias: float(bias) }),
    reference: (x) => {
      const sums = neighbourSums(tf.square(x) as tf.Tensor4D, size);
      return tf.div(x, tf.pow(tf.add(tf.mul(sums, alpha / size), bias), beta));
    },
  };
}

function lrnByDefault(): GradientCase {
  return {
    name: 'LRN with ONNX’s defaults',
    inputs: [normal(1, 4, 2, 2)],
    build: (g, [x]) => g.op('LRN', [x], { size: 3 }),
    reference: (x) => {
      const sums = neighbourSums(tf.square(x) as tf.Tensor4D, 3);
      return tf.div(x, tf.pow(tf.add(tf.mul(sums, 1e-4 / 3), 1), 0.75));
    },
  };
}

export const RESPONSE_NORMALIZATION_CASES: Record<string, GradientCase[]> = {
  LRN: [lrn(6, 3, 0.9, 0.75, 1), lrn(5, 5, 2, 0.5, 2), lrn(3, 7, 1, 1.5, 1), lrnByDefault()],
};
