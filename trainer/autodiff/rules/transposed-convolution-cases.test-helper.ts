/** Gradient cases of ConvTranspose in every mode: strides, pads, output padding, automatic padding, dilations, groups. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';
import { channelsFirst, channelsLast } from '../tfjs.test-helper.ts';
import { dilate } from './convolution-cases.test-helper.ts';

type Pair = [number, number];
type Settings = {
  name: string;
  x: number[];
  /** [C, K/group, R, S]. */
  w: number[];
  bias?: true;
  strides?: Pair;
  /** top, left, bottom, right: how much of the full result is cut off. */
  pads?: number[];
  /** Stands in the node in place of `pads`, which it must come to. */
  instead?: { auto_pad?: string; output_shape?: number[] };
  outputPadding?: Pair;
  dilations?: Pair;
  group?: number;
};

function convTranspose(settings: Settings): GradientCase {
  const { name, x, w, bias, strides = [1, 1], pads = [0, 0, 0, 0], instead, group = 1 } = settings;
  const { dilations = [1, 1], outputPadding = [0, 0] } = settings;
  return {
    name: `ConvTranspose ${name}`,
    inputs: [normal(...x), normal(...w), ...(bias ? [normal(w[1] * group)] : [])],
    build: (g, inputs) => {
      const attributes = { strides, dilations, group, output_padding: outputPadding };
      return g.op('ConvTranspose', inputs, { ...attributes, ...(instead ?? { pads }) });
    },
    reference: (image, kernels, offsets) => {
      const spread = dilate(tf.transpose(kernels as tf.Tensor4D, [2, 3, 1, 0]), dilations);
      const full = fullResult(channelsLast(image), spread, strides, group);
      const y = channelsFirst(cutOut(full, pads, outputPadding));
      return offsets ? tf.add(y, tf.reshape(offsets, [1, -1, 1, 1])) : y;
    },
  };
}

/** Everything that any tap reaches, [N, H, W, K]; a group of channels at a time. */
function fullResult(x: tf.Tensor4D, w: tf.Tensor4D, strides: Pair, group: number): tf.Tensor4D {
  if (group === 1) return fullGroup(x, w, strides);
  const kernels = tf.split<tf.Tensor4D>(w, group, 3);
  const images = tf.split<tf.Tensor4D>(x, group, 3);
  return tf.concat(
    images.map((image, position) => fullGroup(image, kernels[position], strides)),
    3,
  );
}

function fullGroup(x: tf.Tensor4D, w: tf.Tensor4D, strides: Pair): tf.Tensor4D {
  const [batch, height, width] = x.shape;
  const [rows, columns, channels] = w.shape;
  const size = [(height - 1) * strides[0] + rows, (width - 1) * strides[1] + columns];
  return tf.conv2dTranspose(x, w, [batch, size[0], size[1], channels], strides, 'valid');
}

/** Cuts the pads off and appends zero rows and columns, of which the cut takes its part first. */
function cutOut(full: tf.Tensor4D, [top, left, bottom, right]: number[], added: Pair): tf.Tensor4D {
  const widths: [number, number][] = [
    [0, 0],
    [0, added[0]],
    [0, added[1]],
    [0, 0],
  ];
  const [batch, height, width, channels] = full.shape;
  const size = [batch, height + added[0] - top - bottom, width + added[1] - left - right, channels];
  return tf.slice(tf.pad(full, widths), [0, top, left, 0], size as [number, number, number, number]);
}

const HALF = [1, 1, 1, 1];

export const TRANSPOSED_CONVOLUTION_CASES: Record<string, GradientCase[]> = {
  ConvTranspose: (
    [
      { name: '2x2, stride 2, with bias', x: [2, 3, 3, 4], w: [3, 4, 2, 2], strides: [2, 2], bias: true },
      { name: '1x1', x: [1, 3, 4, 4], w: [3, 2, 1, 1] },
      { name: '3x3', x: [1, 2, 4, 5], w: [2, 3, 3, 3] },
      { name: '3x3, padded', x: [2, 2, 4, 4], w: [2, 3, 3, 3], pads: HALF },
      {
        name: '4x4, stride 2, padded, as decoders have it',
        x: [1, 2, 3, 3],
        w: [2, 2, 4, 4],
        strides: [2, 2],
        pads: HALF,
      },
      {
        name: '3x3, stride 2, one pixel added',
        x: [1, 2, 3, 4],
        w: [2, 3, 3, 3],
        strides: [2, 2],
        pads: HALF,
        outputPadding: [1, 1],
      },
      {
        name: '3x2, uneven strides, pads and added pixels',
        x: [1, 2, 3, 3],
        w: [2, 2, 3, 2],
        strides: [3, 2],
        pads: [1, 0, 0, 1],
        outputPadding: [2, 0],
      },
      { name: '3x3, dilated', x: [1, 2, 4, 4], w: [2, 2, 3, 3], dilations: [2, 1], strides: [1, 2] },
      { name: 'in 2 groups', x: [1, 4, 3, 3], w: [4, 3, 3, 3], group: 2, strides: [2, 2], bias: true },
      { name: 'depthwise', x: [1, 3, 3, 3], w: [3, 1, 4, 4], group: 3, strides: [2, 2], pads: HALF },
      {
        name: 'SAME_UPPER',
        x: [1, 2, 3, 3],
        w: [2, 2, 3, 3],
        strides: [2, 2],
        pads: [0, 0, 1, 1],
        instead: { auto_pad: 'SAME_UPPER' },
      },
      {
        name: 'SAME_LOWER',
        x: [1, 2, 3, 3],
        w: [2, 2, 3, 3],
        strides: [2, 2],
        pads: [1, 1, 0, 0],
        instead: { auto_pad: 'SAME_LOWER' },
      },
      { name: 'VALID', x: [1, 2, 3, 3], w: [2, 2, 3, 3], strides: [2, 2], instead: { auto_pad: 'VALID' } },
      {
        name: 'to a given size',
        x: [1, 2, 3, 3],
        w: [2, 2, 3, 3],
        strides: [2, 2],
        pads: [1, 1, 0, 1],
        instead: { output_shape: [6, 5] },
      },
    ] as Settings[]
  ).map(convTranspose),
};
