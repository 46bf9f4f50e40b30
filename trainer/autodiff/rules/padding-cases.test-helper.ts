/** Gradient cases of Pad. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

/** Zeros, or a constant that is differentiated as well; negative pads cut off. */
function constant(dims: number[], pads: number[], withValue: boolean): GradientCase {
  const rank = dims.length;
  return {
    name: `Pad of [${dims}] by [${pads}]${withValue ? ' with a value' : ''}`,
    inputs: [normal(...dims), ...(withValue ? [normal()] : [])],
    build: (g, [x, value]) => g.op('Pad', [x, g.ints(pads), ...(value ? [value] : [])]),
    reference: (x, value = tf.scalar(0)) => {
      const widths = dims.map((_, axis): [number, number] => [pads[axis], pads[rank + axis]]);
      const added = widths.map(([before, after]): [number, number] => [
        Math.max(0, before),
        Math.max(0, after),
      ]);
      const starts = widths.map(([before]) => Math.max(0, -before));
      const sizes = dims.map((size, axis) => size + pads[axis] + pads[rank + axis]);
      const whole = (image: tf.Tensor) => tf.slice(tf.pad(image, added), starts, sizes);
      const margin = tf.sub(1, whole(tf.onesLike(x)));
      return tf.add(whole(x), tf.mul(margin, value));
    },
  };
}

/** Pads of [2, 2, 4] along its last axis: `sources` says which position stands at each of the result. */
function repeating(mode: string, [before, after]: [number, number], sources: number[]): GradientCase {
  return {
    name: `Pad, ${mode}, by ${before} and ${after}`,
    inputs: [normal(2, 2, 4)],
    build: (g, [x]) => g.op('Pad', [x, g.ints([0, 0, before, 0, 0, after])], { mode }),
    reference: (x) => tf.gather(x, tf.tensor1d(sources, 'int32'), 2),
    opset: 19,
  };
}

/** Along two axes, named from the end, as an image is padded. */
function reflectedImage(): GradientCase {
  return {
    name: 'Pad, reflect, of an image by its axes',
    inputs: [normal(1, 2, 3, 4)],
    build: (g, [x]) => g.op('Pad', [x, g.ints([1, 2, 2, 1]), '', g.ints([-2, -1])], { mode: 'reflect' }),
    reference: (x) => {
      const rows = tf.gather(x, tf.tensor1d([1, 0, 1, 2, 1, 0], 'int32'), 2);
      return tf.gather(rows, tf.tensor1d([2, 1, 0, 1, 2, 3, 2], 'int32'), 3);
    },
  };
}

function byAxes(): GradientCase {
  return {
    name: 'Pad by named axes',
    inputs: [normal(2, 3, 2)],
    build: (g, [x]) => g.op('Pad', [x, g.ints([1, 0, 2, 1]), '', g.ints([2, -3])]),
    reference: (x) =>
      tf.pad(x, [
        [0, 1],
        [0, 0],
        [1, 2],
      ]),
  };
}

export const PADDING_CASES: Record<string, GradientCase[]> = {
  Pad: [
    constant([2, 3], [1, 0, 2, 1], false),
    constant([1, 2, 3, 4], [0, 0, 1, 2, 0, 0, 2, 1], true),
    constant([3, 5], [-1, 1, 1, -2], true),
    byAxes(),
    repeating('reflect', [3, 2], [3, 2, 1, 0, 1, 2, 3, 2, 1]),
    repeating('edge', [2, 1], [0, 0, 0, 1, 2, 3, 3]),
    repeating('wrap', [1, 2], [3, 0, 1, 2, 3, 0, 1]),
    repeating('edge', [-1, 2], [1, 2, 3, 3, 3]),
    reflectedImage(),
  ],
};
