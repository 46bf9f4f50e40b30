/** Gradient cases of elementwise operators, with broadcasting in every direction. */
import * as tf from '@tensorflow/tfjs-core';
import { DTYPE_CODES, elementCount, tensor } from '../../onnx/tensor.ts';
import {
  type GradientCase,
  type Input,
  normal,
  positive,
  spaced,
  tied,
} from '../check-gradients.test-helper.ts';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const SHAPES: [string, number[], number[]][] = [
  ['of the same shape', [2, 3], [2, 3]],
  ['with a shorter right side', [2, 3, 4], [4]],
  ['with a shorter left side', [3, 1], [2, 3, 4]],
  ['with a scalar on the right', [2, 3], []],
  ['with a scalar on the left', [], [2, 3]],
  ['with both sides repeated', [2, 1, 4], [3, 1]],
  ['with ones in front', [1, 1, 1], [2, 3]],
  ['per channel', [2, 3, 2, 2], [1, 3, 1, 1]],
];

function binary(op: string, formula: Binary, right = normal, left = normal): GradientCase[] {
  return SHAPES.map(([name, a, b]) => ({
    name: `${op} ${name}`,
    inputs: [left(...a), right(...b)],
    build: (g, inputs) => g.op(op, inputs),
    reference: formula as GradientCase['reference'],
  }));
}

function unary(op: string, input: Input, reference: (x: tf.Tensor) => tf.Tensor): GradientCase[] {
  return [{ name: op, inputs: [input], build: (g, inputs) => g.op(op, inputs), reference }];
}

/** Any number of operands, folded by a function of two; tfjs does not sum the gradient of repeated extremes, so they are repeated first. */
function variadic(
  op: string,
  fold: Binary,
  divisor: number,
  result: number[],
  ...shapes: number[][]
): GradientCase {
  return {
    name: `${op} of ${shapes.map((dims) => `[${dims}]`).join(', ')}`,
    inputs: shapes.map((dims) => normal(...dims)),
    build: (g, values) => g.op(op, values),
    reference: (...values) => {
      const repeated = values.map((value) => tf.add(value, tf.zeros(result)));
      return tf.div(
        repeated.reduce((left, right) => fold(left, right)),
        divisor,
      );
    },
  };
}

const variadicCases = (op: string, fold: Binary, isMean = false): GradientCase[] => [
  variadic(op, fold, 1, [2, 3], [2, 3]),
  variadic(op, fold, isMean ? 2 : 1, [2, 3, 4], [2, 3, 4], [4]),
  variadic(op, fold, isMean ? 3 : 1, [5, 4], [5, 1], [4], [5, 4]),
];

/** Operands with few different values: the mean of those that are chosen, so that each gets an even share of the gradient. */
function tiedExtremes(op: 'Max' | 'Min', pick: Binary): GradientCase {
  return {
    name: `${op} of operands that tie`,
    inputs: [tied(4, 5), tied(4, 5), tied(5)],
    build: (g, values) => g.op(op, values),
    reference: (...values) => {
      const fixed = values.map((value) => tf.add(tf.tensor(value.dataSync(), value.shape), tf.zeros([4, 5])));
      const extreme = fixed.reduce((left, right) => pick(left, right));
      const chosen = fixed.map((value) => tf.cast(tf.equal(value, extreme), 'float32'));
      const picked = values.map((value, position) => tf.mul(value, chosen[position]));
      return tf.div(tf.addN(picked), tf.addN(chosen));
    },
    atKink: true,
  };
}

function power(exponent: number): GradientCase {
  return {
    name: `Pow to ${exponent}`,
    inputs: [positive(2, 3)],
    build: (g, [x]) => g.op('Pow', [x, g.floats(exponent)]),
    reference: (x) => tf.pow(x, exponent),
  };
}

/** Exponents may be integers, and then the base may be negative. */
function integerPower(exponent: number): GradientCase {
  return {
    name: `Pow to the integer ${exponent}`,
    inputs: [spaced(3, 4)],
    build: (g, [x]) => g.op('Pow', [x, g.ints(exponent)]),
    reference: (x) => Array.from({ length: exponent - 1 }, () => x).reduce((y, z) => tf.mul(y, z), x),
  };
}

const MASK = [1, 0, 0, 1, 1, 0];

function where(a: number[], b: number[], condition: number[] = [2, 3]): GradientCase {
  const mask = MASK.slice(0, elementCount(condition));
  return {
    name: `Where [${condition}] of [${a}] and [${b}]`,
    inputs: [normal(...a), normal(...b)],
    build: (g, inputs) =>
      g.op('Where', [g.constant(tensor('bool', Uint8Array.from(mask), condition)), ...inputs]),
    reference: (x, y) => {
      const share = tf.tensor(mask, condition);
      return tf.add(tf.mul(share, x), tf.mul(tf.sub(1, share), y));
    },
  };
}

function castThroughDouble(): GradientCase {
  return {
    name: 'Cast to float64 and back',
    inputs: [normal(2, 3)],
    build: (g, [x]) => {
      const double = g.op('Cast', [x], { to: DTYPE_CODES.float64 });
      return g.op('Cast', [g.op('Mul', [double, double])], { to: DTYPE_CODES.float32 });
    },
    reference: (x) => tf.square(x),
  };
}

export const ELEMENTWISE_CASES: Record<string, GradientCase[]> = {
  Add: binary('Add', tf.add),
  Sub: binary('Sub', tf.sub),
  Mul: binary('Mul', tf.mul),
  Div: binary('Div', tf.div, positive),
  Pow: [
    ...binary('Pow', tf.pow, positive, positive),
    power(2),
    power(0.5),
    power(-1),
    integerPower(2),
    integerPower(3),
  ],
  Sum: variadicCases('Sum', tf.add),
  Mean: variadicCases('Mean', tf.add, true),
  Max: [...variadicCases('Max', tf.maximum), tiedExtremes('Max', tf.maximum)],
  Min: [...variadicCases('Min', tf.minimum), tiedExtremes('Min', tf.minimum)],
  Where: [where([2, 3], [2, 3]), where([3], [2, 1]), where([], [2, 3]), where([2, 3], [2, 3], [3])],
  Identity: unary('Identity', normal(2, 3), (x) => tf.clone(x)),
  Cast: [castThroughDouble()],
  Neg: unary('Neg', normal(2, 3), (x) => tf.neg(x)),
  Abs: unary('Abs', spaced(4, 5), (x) => tf.abs(x)),
  Reciprocal: unary('Reciprocal', positive(2, 3), (x) => tf.reciprocal(x)),
  Exp: unary('Exp', normal(2, 3), (x) => tf.exp(x)),
  Log: unary('Log', positive(2, 3), (x) => tf.log(x)),
  Sqrt: unary('Sqrt', positive(2, 3), (x) => tf.sqrt(x)),
  Sin: unary('Sin', normal(2, 3), (x) => tf.sin(x)),
  Cos: unary('Cos', normal(2, 3), (x) => tf.cos(x)),
  Erf: unary('Erf', normal(2, 3), (x) => tf.erf(x)),
};
