/** Gradient cases of the softmax and of its logarithm, along any axis and, in older operator sets, over several at once. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

type Op = 'Softmax' | 'LogSoftmax';
const FORMULAS = { Softmax: tf.softmax, LogSoftmax: tf.logSoftmax };

function along(op: Op, axis: number): GradientCase {
  const order = axis === 1 ? [0, 2, 1] : [0, 1, 2];
  return {
    name: `${op} along axis ${axis}`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.op(op, [x], { axis }),
    reference: (x) => tf.transpose(FORMULAS[op](tf.transpose(x, order)), order),
  };
}

/** Before operator set 13 the axis and all after it are one. */
function flattening(op: Op, axis: number | undefined, rows: number): GradientCase {
  return {
    name: `${op} ${axis === undefined ? 'by default' : `from axis ${axis} on`}, operator set 12`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.op(op, [x], axis === undefined ? {} : { axis }),
    reference: (x) => tf.reshape(FORMULAS[op](tf.reshape(x, [rows, -1])), x.shape),
    opset: 12,
  };
}

function casesOf(op: Op): GradientCase[] {
  return [
    ...[-1, 1, 2].map((axis) => along(op, axis)),
    flattening(op, undefined, 2),
    flattening(op, 1, 2),
    flattening(op, -1, 6),
  ];
}

export const SOFTMAX_CASES: Record<string, GradientCase[]> = {
  Softmax: casesOf('Softmax'),
  LogSoftmax: casesOf('LogSoftmax'),
};
