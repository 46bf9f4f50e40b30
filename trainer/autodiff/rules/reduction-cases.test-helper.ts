/** Gradient cases of reductions: axes as an input or, in older operator sets, as an attribute. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

type Reduction = 'ReduceSum' | 'ReduceMean';
const FORMULAS = { ReduceSum: tf.sum, ReduceMean: tf.mean };

function reduce(op: Reduction, axes: number[], keepdims: boolean, opset = 18): GradientCase {
  return {
    name: `${op} over [${axes}] ${keepdims ? 'keeping' : 'dropping'} them, operator set ${opset}`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.reduce(op, x, axes, keepdims),
    reference: (x) => FORMULAS[op](x, axes, keepdims),
    opset,
  };
}

function reduceAll(op: Reduction, opset = 18): GradientCase {
  return {
    name: `${op} over everything, operator set ${opset}`,
    inputs: [normal(2, 3)],
    build: (g, [x]) => g.op(op, [x], { keepdims: 0 }),
    reference: (x) => FORMULAS[op](x),
    opset,
  };
}

function reduceNothing(op: Reduction): GradientCase {
  return {
    name: `${op} over nothing`,
    inputs: [normal(2, 3)],
    build: (g, [x]) => g.op(op, [x], { noop_with_empty_axes: 1 }),
    reference: (x) => tf.clone(x),
  };
}

function casesOf(op: Reduction): GradientCase[] {
  const ways: [number[], boolean][] = [
    [[1], false],
    [[0, 2], true],
    [[-1], false],
    [[-2, 0], true],
    [[-3, -1], false],
  ];
  return [
    ...ways.flatMap(([axes, keepdims]) => [reduce(op, axes, keepdims), reduce(op, axes, keepdims, 12)]),
    reduceAll(op),
    reduceAll(op, 12),
    reduceNothing(op),
  ];
}

function logSoftmax(axis: number): GradientCase {
  const order = axis === 1 ? [0, 2, 1] : [0, 1, 2];
  return {
    name: `LogSoftmax along axis ${axis}`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.op('LogSoftmax', [x], { axis }),
    reference: (x) => tf.transpose(tf.logSoftmax(tf.transpose(x, order)), order),
  };
}

/** Before operator set 13 the axis and all after it are one. */
function oldLogSoftmax(axis: number | undefined, rows: number): GradientCase {
  return {
    name: `LogSoftmax ${axis === undefined ? 'by default' : `from axis ${axis} on`}, operator set 12`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.op('LogSoftmax', [x], axis === undefined ? {} : { axis }),
    reference: (x) => tf.reshape(tf.logSoftmax(tf.reshape(x, [rows, -1])), x.shape),
    opset: 12,
  };
}

export const REDUCTION_CASES: Record<string, GradientCase[]> = {
  ReduceSum: casesOf('ReduceSum'),
  ReduceMean: casesOf('ReduceMean'),
  LogSoftmax: [
    logSoftmax(-1),
    logSoftmax(1),
    logSoftmax(2),
    oldLogSoftmax(undefined, 2),
    oldLogSoftmax(1, 2),
    oldLogSoftmax(-1, 6),
  ],
};
