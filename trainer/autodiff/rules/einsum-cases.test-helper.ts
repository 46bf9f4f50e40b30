/** Gradient cases of Einsum, against products and sums of tfjs, which has no gradient of its own einsum. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

function einsum(equation: string, reference: GradientCase['reference'], ...shapes: number[][]): GradientCase {
  return {
    name: `Einsum ${equation} of ${shapes.map((dims) => `[${dims}]`).join(', ')}`,
    inputs: shapes.map((dims) => normal(...dims)),
    build: (g, inputs) => g.op('Einsum', inputs, { equation }),
    reference,
  };
}

const matMul = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y);
const transposed = (x: tf.Tensor) => tf.transpose(x);
const dot = (x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.mul(x, y), -1);

export const EINSUM_CASES: Record<string, GradientCase[]> = {
  Einsum: [
    einsum('ij,jk->ik', matMul, [2, 3], [3, 4]),
    einsum('ij,jk', matMul, [2, 3], [3, 4]),
    einsum('bhid,bhjd->bhij', (x, y) => tf.matMul(x, y, false, true), [2, 2, 3, 4], [2, 2, 5, 4]),
    einsum('bij, bjk -> bki', (x, y) => tf.transpose(matMul(x, y), [0, 2, 1]), [2, 3, 4], [2, 4, 2]),
    einsum('i,j->ij', (x, y) => tf.mul(tf.reshape(x, [2, 1]), y), [2], [3]),
    einsum('i,i->', dot, [4], [4]),
    einsum('bchw,c->bhw', (x, y) => tf.sum(tf.mul(x, tf.reshape(y, [3, 1, 1])), 1), [2, 3, 2, 2], [3]),
    einsum('ij,kl->k', (x, y) => tf.mul(tf.sum(x), tf.sum(y, 1)), [2, 3], [4, 2]),
    einsum('ij,ij->ij', (x, y) => tf.mul(x, y), [2, 3], [1, 3]),
    einsum('...ij,...jk->...ik', matMul, [2, 3, 4, 2], [2, 3, 2, 3]),
    einsum('...j,j', dot, [2, 3, 4], [4]),
    einsum('...i,...i->...', dot, [2, 3, 4], [2, 1, 4]),
    einsum('ij->ji', transposed, [2, 3]),
    einsum('ba', transposed, [2, 3]),
    einsum('ijk->j', (x) => tf.sum(x, [0, 2]), [2, 3, 4]),
    einsum('ij,jk,kl->il', (x, y, z) => matMul(matMul(x, y), z), [2, 3], [3, 4], [4, 2]),
  ],
};
