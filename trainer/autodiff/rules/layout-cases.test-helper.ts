/** Gradient cases of operators that move elements. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

function reshape(to: number[], result: number[]): GradientCase {
  return {
    name: `Reshape to [${to}]`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.reshape(x, to),
    reference: (x) => tf.reshape(x, result),
  };
}

function flatten(axis: number | undefined, result: number[]): GradientCase {
  return {
    name: axis === undefined ? 'Flatten' : `Flatten at axis ${axis}`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.op('Flatten', [x], axis === undefined ? {} : { axis }),
    reference: (x) => tf.reshape(x, result),
  };
}

function transpose(perm: number[] | undefined): GradientCase {
  return {
    name: perm ? `Transpose by [${perm}]` : 'Transpose without perm',
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.op('Transpose', [x], perm ? { perm } : {}),
    reference: (x) => tf.transpose(x, perm),
  };
}

export const LAYOUT_CASES: Record<string, GradientCase[]> = {
  Reshape: [reshape([6, 4], [6, 4]), reshape([0, -1], [2, 12]), reshape([-1], [24])],
  Flatten: [flatten(undefined, [2, 12]), flatten(0, [1, 24]), flatten(2, [6, 4]), flatten(-1, [6, 4])],
  Transpose: [transpose(undefined), transpose([1, 2, 0]), transpose([0, 2, 1])],
};
