/** Gradient cases of RotaryEmbedding: pairs of numbers as complex ones, turned by the angle of their position. */
import * as tf from '@tensorflow/tfjs-core';
import { floats, ints } from '../../onnx/tensor.ts';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

const [BATCH, HEADS, TOKENS, WIDTH] = [2, 2, 3, 8];

/** An angle for each of `TOKENS` positions and each pair. */
const angleOf = (position: number, pair: number) => (position + 1) / (pair + 1.5);

type Form = {
  /** How many numbers of a head are turned; the others pass. */
  turned?: number;
  /** Whether neighbours are paired rather than the two halves. */
  interleaved?: boolean;
  /** Which position each token has, the same in all images; in order without. */
  positions?: number[];
  /** Whether the heads lie side by side. */
  flat?: boolean;
};

function rotated(name: string, { turned = WIDTH, interleaved, positions, flat }: Form): GradientCase {
  const pairs = turned / 2;
  const places = positions ?? Array.from({ length: TOKENS }, (_, token) => token);
  const table = (of: (angle: number) => number, count: number) =>
    Array.from({ length: count * pairs }, (_, i) => of(angleOf(Math.floor(i / pairs), i % pairs)));
  const attributes = {
    interleaved: Number(interleaved ?? false),
    ...(flat && { num_heads: HEADS }),
    ...(turned < WIDTH && { rotary_embedding_dim: turned }),
  };
  return {
    name: `RotaryEmbedding ${name}`,
    inputs: [flat ? normal(BATCH, TOKENS, HEADS * WIDTH) : normal(BATCH, HEADS, TOKENS, WIDTH)],
    build: (g, [x]) => {
      // With positions the tables are looked up in; without, there is one for every image.
      const images = positions ? 1 : BATCH;
      const dims = positions ? [TOKENS, pairs] : [BATCH, TOKENS, pairs];
      const caches = [Math.cos, Math.sin].map((of) =>
        g.constant(floats(repeated(table(of, TOKENS), images), dims)),
      );
      const tokens = positions ? [g.constant(ints(repeated(positions, BATCH), [BATCH, TOKENS]))] : [];
      return g.op('RotaryEmbedding', [x, ...caches, ...tokens], attributes);
    },
    reference: (x) => {
      const heads = flat
        ? tf.transpose(tf.reshape(x, [BATCH, TOKENS, HEADS, WIDTH]), [0, 2, 1, 3])
        : (x as tf.Tensor4D);
      const angles = tf.tensor(
        places.flatMap((place) => Array.from({ length: pairs }, (_, pair) => angleOf(place, pair))),
        [TOKENS, pairs],
      );
      const y = tf.concat([turn(heads, angles, turned, interleaved), rest(heads, turned)], 3);
      return flat ? tf.reshape(tf.transpose(y, [0, 2, 1, 3]), x.shape) : y;
    },
    opset: 23,
  };
}

function turn(heads: tf.Tensor, angles: tf.Tensor, turned: number, interleaved = false): tf.Tensor {
  const part = tf.slice(heads, [0, 0, 0, 0], [BATCH, HEADS, TOKENS, turned]);
  const axis = interleaved ? 4 : 3;
  const shape = interleaved ? [turned / 2, 2] : [2, turned / 2];
  const [a, b] = tf.unstack(tf.reshape(part, [BATCH, HEADS, TOKENS, ...shape]), axis);
  const [cos, sin] = [tf.cos(angles), tf.sin(angles)];
  const first = tf.sub(tf.mul(a, cos), tf.mul(b, sin));
  const second = tf.add(tf.mul(a, sin), tf.mul(b, cos));
  return tf.reshape(tf.stack([first, second], axis), [BATCH, HEADS, TOKENS, turned]);
}

function rest(heads: tf.Tensor, turned: number): tf.Tensor {
  return tf.slice(heads, [0, 0, 0, turned], [BATCH, HEADS, TOKENS, WIDTH - turned]);
}

function repeated(values: number[], times: number): number[] {
  return new Array(times).fill(values).flat();
}

export const ROTARY_EMBEDDING_CASES: Record<string, GradientCase[]> = {
  RotaryEmbedding: [
    rotated('of halves', {}),
    rotated('of neighbours', { interleaved: true }),
    rotated('of a part of the numbers', { turned: 4 }),
    rotated('with positions and heads side by side', { positions: [2, 0, 1], flat: true }),
  ],
};
