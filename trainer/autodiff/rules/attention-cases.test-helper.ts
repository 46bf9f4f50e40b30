/** Gradient cases of Attention: the formula written out. */
import * as tf from '@tensorflow/tfjs-core';
import { type AttributeInput, float } from '../../onnx/graph-builder.ts';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

const [BATCH, HEADS, QUERIES, KEYS, WIDTH, VALUE_WIDTH] = [2, 2, 3, 4, 2, 3];

function attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, scale: number, mask?: tf.Tensor): tf.Tensor {
  const product = tf.mul(tf.matMul(q, k, false, true), scale);
  return tf.matMul(tf.softmax(mask ? tf.add(product, mask) : product), v);
}

/** Tensors that have the heads as an axis. */
function withHeads(name: string, mask?: number[], scale?: number): GradientCase {
  const inputs = [
    normal(BATCH, HEADS, QUERIES, WIDTH),
    normal(BATCH, HEADS, KEYS, WIDTH),
    normal(BATCH, HEADS, KEYS, VALUE_WIDTH),
    ...(mask ? [normal(...mask)] : []),
  ];
  const attributes: Record<string, AttributeInput> = scale === undefined ? {} : { scale: float(scale) };
  return {
    name: `Attention ${name}`,
    inputs,
    build: (g, values) => g.op('Attention', values, attributes),
    reference: (q, k, v, bias) => attend(q, k, v, scale ?? 1 / Math.sqrt(WIDTH), bias),
    opset: 23,
  };
}

/** Tensors in which the heads lie side by side. */
function flat(): GradientCase {
  const split = (x: tf.Tensor) =>
    tf.transpose(tf.reshape(x, [x.shape[0], x.shape[1] as number, HEADS, -1]), [0, 2, 1, 3]);
  return {
    name: 'Attention with heads side by side',
    inputs: [
      normal(BATCH, QUERIES, HEADS * WIDTH),
      normal(BATCH, KEYS, HEADS * WIDTH),
      normal(BATCH, KEYS, HEADS * VALUE_WIDTH),
    ],
    build: (g, values) => g.op('Attention', values, { q_num_heads: HEADS, kv_num_heads: HEADS }),
    reference: (q, k, v) => {
      const y = attend(split(q), split(k), split(v), 1 / Math.sqrt(WIDTH));
      return tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [BATCH, QUERIES, HEADS * VALUE_WIDTH]);
    },
    opset: 23,
  };
}

export const ATTENTION_CASES: Record<string, GradientCase[]> = {
  Attention: [
    withHeads('with an axis of heads'),
    withHeads('with a scale', undefined, 0.3),
    withHeads('with a bias for each position', [QUERIES, KEYS]),
    withHeads('with a bias for each head', [1, HEADS, QUERIES, KEYS]),
    flat(),
  ],
};
