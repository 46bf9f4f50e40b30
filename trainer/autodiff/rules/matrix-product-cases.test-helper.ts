/** Gradient cases of matrix products. */
import * as tf from '@tensorflow/tfjs-core';
import { float } from '../../onnx/graph-builder.ts';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

/** tfjs repeats batches in a product but not back in its gradient, so the reference repeats them itself. */
function matMul(name: string, a: number[], b: number[], batch: number[] = []): GradientCase {
  const repeated = (x: tf.Tensor) => tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
  return {
    name: `MatMul ${name}`,
    inputs: [normal(...a), normal(...b)],
    build: (g, inputs) => g.op('MatMul', inputs),
    reference: (x, y) => tf.matMul(repeated(x), repeated(y)),
  };
}

/** As in NumPy, a vector is a row on the left and a column on the right. */
function vectorProduct(a: number[], b: number[], result: number[]): GradientCase {
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const batch = result.slice(0, Math.max(left.length, right.length) - 2);
  const repeated = (x: tf.Tensor, dims: number[]) =>
    tf.broadcastTo(tf.reshape(x, dims), [...batch, ...dims.slice(-2)]);
  return {
    name: `MatMul of [${a}] and [${b}]`,
    inputs: [normal(...a), normal(...b)],
    build: (g, inputs) => g.op('MatMul', inputs),
    reference: (x, y) => tf.reshape(tf.matMul(repeated(x, left), repeated(y, right)), result),
  };
}

type GemmSettings = { transA?: number; transB?: number; alpha?: number; beta?: number; c?: number[] };

function gemm(name: string, { transA = 0, transB = 0, alpha = 1, beta = 1, c }: GemmSettings): GradientCase {
  const a = transA ? normal(4, 3) : normal(3, 4);
  const b = transB ? normal(5, 4) : normal(4, 5);
  return {
    name: `Gemm ${name}`,
    inputs: [a, b, ...(c ? [normal(...c)] : [])],
    build: (g, inputs) => g.op('Gemm', inputs, { transA, transB, alpha: float(alpha), beta: float(beta) }),
    reference: (x, y, z) => {
      const product = tf.mul(tf.matMul(x, y, Boolean(transA), Boolean(transB)), alpha);
      return z ? tf.add(product, tf.mul(z, beta)) : product;
    },
  };
}

export const MATRIX_PRODUCT_CASES: Record<string, GradientCase[]> = {
  MatMul: [
    matMul('of matrices', [3, 4], [4, 5]),
    matMul('of batches', [2, 3, 4, 5], [2, 3, 5, 2], [2, 3]),
    matMul('with the left side repeated', [4, 5], [3, 5, 2], [3]),
    matMul('with the right side repeated', [3, 4, 5], [5, 2], [3]),
    matMul('with both sides repeated', [2, 1, 4, 5], [3, 5, 2], [2, 3]),
    matMul('of batches with one of one matrix', [2, 3, 4], [1, 4, 5], [2]),
    matMul('of a batch of batches with one matrix', [2, 3, 4, 5], [5, 2], [2, 3]),
    vectorProduct([4], [4], []),
    vectorProduct([4], [4, 3], [3]),
    vectorProduct([3, 4], [4], [3]),
    vectorProduct([4], [2, 4, 3], [2, 3]),
    vectorProduct([2, 3, 4], [4], [2, 3]),
  ],
  Gemm: [
    gemm('plain', {}),
    gemm('with a row added', { c: [5] }),
    gemm('with a row as a matrix, halved', { c: [1, 5], beta: 0.5 }),
    gemm('with a column added', { c: [3, 1], beta: 2 }),
    gemm('with a matrix added', { c: [3, 5] }),
    gemm('with a scalar added', { c: [], beta: -1 }),
    gemm('with one number added', { c: [1] }),
    gemm('with a transposed', { transA: 1, alpha: 0.5 }),
    gemm('with b transposed', { transB: 1, alpha: -2, c: [5] }),
    gemm('with both transposed', { transA: 1, transB: 1, alpha: 3, c: [1, 5], beta: 0.25 }),
  ],
};
