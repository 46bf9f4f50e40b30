/** Gradient cases of elementwise operators, with broadcasting in every direction. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, type Input, normal, positive, spaced } from '../check-gradients.test-helper.ts';

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

function binary(op: string, formula: Binary, right: (...dims: number[]) => Input = normal): GradientCase[] {
  return SHAPES.map(([name, a, b]) => ({
    name: `${op} ${name}`,
    inputs: [normal(...a), right(...b)],
    build: (g, inputs) => g.op(op, inputs),
    reference: formula as GradientCase['reference'],
  }));
}

function unary(op: string, input: Input, reference: (x: tf.Tensor) => tf.Tensor): GradientCase[] {
  return [{ name: op, inputs: [input], build: (g, inputs) => g.op(op, inputs), reference }];
}

export const ELEMENTWISE_CASES: Record<string, GradientCase[]> = {
  Add: binary('Add', tf.add),
  Sub: binary('Sub', tf.sub),
  Mul: binary('Mul', tf.mul),
  Div: binary('Div', tf.div, positive),
  Identity: unary('Identity', normal(2, 3), (x) => tf.clone(x)),
  Neg: unary('Neg', normal(2, 3), (x) => tf.neg(x)),
  Exp: unary('Exp', normal(2, 3), (x) => tf.exp(x)),
  Log: unary('Log', positive(2, 3), (x) => tf.log(x)),
  Sqrt: unary('Sqrt', positive(2, 3), (x) => tf.sqrt(x)),
  Relu: unary('Relu', spaced(4, 5), (x) => tf.relu(x)),
};
