/** Gradient cases of reductions: axes as an input or, in older operator sets, as an attribute. */
import * as tf from '@tensorflow/tfjs-core';
import {
  type GradientCase,
  type Input,
  normal,
  positive,
  spaced,
  tied,
} from '../check-gradients.test-helper.ts';

type Formula = (x: tf.Tensor, axes?: number[], keepdims?: boolean) => tf.Tensor;
type Draw = (...dims: number[]) => Input;

const sumOf =
  (f: (x: tf.Tensor) => tf.Tensor): Formula =>
  (x, axes, keepdims) =>
    tf.sum(f(x), axes, keepdims);

const FORMULAS: Record<string, [Formula, Draw]> = {
  ReduceSum: [tf.sum, normal],
  ReduceMean: [tf.mean, normal],
  ReduceMax: [tf.max, spaced],
  ReduceMin: [tf.min, spaced],
  ReduceL1: [sumOf(tf.abs), spaced],
  ReduceL2: [(x, axes, keepdims) => tf.sqrt(sumOf(tf.square)(x, axes, keepdims)), normal],
  ReduceSumSquare: [sumOf(tf.square), normal],
  ReduceLogSum: [(x, axes, keepdims) => tf.log(tf.sum(x, axes, keepdims)), positive],
  ReduceLogSumExp: [(x, axes, keepdims) => tf.log(sumOf(tf.exp)(x, axes, keepdims)), normal],
};

function reduce(op: string, axes: number[], keepdims: boolean): GradientCase {
  const [formula, draw] = FORMULAS[op];
  return {
    name: `${op} over [${axes}] ${keepdims ? 'keeping' : 'dropping'} them`,
    inputs: [draw(2, 3, 4)],
    build: (g, [x]) => g.op(op, [x, g.ints(axes)], { keepdims: Number(keepdims) }),
    reference: (x) => formula(x, axes, keepdims),
  };
}

function reduceAll(op: string): GradientCase {
  const [formula, draw] = FORMULAS[op];
  return {
    name: `${op} over everything`,
    inputs: [draw(2, 3)],
    build: (g, [x]) => g.op(op, [x], { keepdims: 0 }),
    reference: (x) => formula(x),
  };
}

function reduceNothing(op: string): GradientCase {
  const [formula, draw] = FORMULAS[op];
  return {
    name: `${op} over nothing`,
    inputs: [draw(2, 3)],
    build: (g, [x]) => g.op(op, [x], { noop_with_empty_axes: 1 }),
    // tfjs takes an empty list for all axes; an axis of size 1 stands in for none.
    reference: (x) => formula(tf.expandDims(x, -1), [2]),
  };
}

/** Before operator set 18, and 13 for the sum, axes were an attribute. */
function reduceOld(op: 'ReduceSum' | 'ReduceMean', axes: number[], keepdims: boolean): GradientCase {
  return {
    ...reduce(op, axes, keepdims),
    name: `${op} over [${axes}] ${keepdims ? 'keeping' : 'dropping'} them, operator set 12`,
    build: (g, [x]) => g.reduce(op, x, axes, keepdims),
    opset: 12,
  };
}

/** Elements with few different values: each of the extreme ones gets an even share of the gradient. */
function tiedExtremes(op: 'ReduceMax' | 'ReduceMin'): GradientCase {
  return {
    name: `${op} of elements that tie`,
    inputs: [tied(3, 8)],
    build: (g, [x]) => g.op(op, [x, g.ints([1])]),
    reference: (x) => {
      const fixed = tf.tensor(x.dataSync(), x.shape);
      const chosen = tf.cast(tf.equal(fixed, FORMULAS[op][0](fixed, [1], true)), 'float32');
      return tf.div(tf.sum(tf.mul(x, chosen), 1, true), tf.sum(chosen, 1, true));
    },
    atKink: true,
  };
}

/** The axis is swapped with the last one, as tfjs gets the gradient along others wrong. */
function cumSum(axis: number, exclusive: number, reverse: number): GradientCase {
  const order = [0, 1, 2].with(axis, 2).with(2, axis);
  return {
    name: `CumSum along ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reversed' : ''}`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.op('CumSum', [x, g.ints(axis)], { exclusive, reverse }),
    reference: (x) =>
      tf.transpose(tf.cumsum(tf.transpose(x, order), 2, Boolean(exclusive), Boolean(reverse)), order),
  };
}

const WAYS: [number[], boolean][] = [
  [[1], false],
  [[0, 2], true],
  [[-1], false],
  [[-2, 0], true],
  [[-3, -1], false],
];

const casesOf = (op: string) => [
  ...WAYS.map(([axes, keepdims]) => reduce(op, axes, keepdims)),
  reduceAll(op),
  reduceNothing(op),
];

const oldCasesOf = (op: 'ReduceSum' | 'ReduceMean') =>
  WAYS.map(([axes, keepdims]) => reduceOld(op, axes, keepdims));

export const REDUCTION_CASES: Record<string, GradientCase[]> = {
  ...Object.fromEntries(Object.keys(FORMULAS).map((op) => [op, casesOf(op)])),
  ReduceSum: [...casesOf('ReduceSum'), ...oldCasesOf('ReduceSum')],
  ReduceMean: [...casesOf('ReduceMean'), ...oldCasesOf('ReduceMean')],
  ReduceMax: [...casesOf('ReduceMax'), tiedExtremes('ReduceMax')],
  ReduceMin: [...casesOf('ReduceMin'), tiedExtremes('ReduceMin')],
  CumSum: [cumSum(1, 0, 0), cumSum(2, 1, 0), cumSum(0, 0, 1), cumSum(1, 1, 1)],
};
