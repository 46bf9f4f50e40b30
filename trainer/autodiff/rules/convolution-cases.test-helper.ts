/** Gradient cases of Conv in every mode: strides, pads, automatic padding, dilations, groups, kernels of all shapes. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';
import { channelsFirst, channelsLast, padImages } from '../tfjs.test-helper.ts';

type Settings = {
  name: string;
  x: number[];
  w: number[];
  bias?: true;
  strides?: [number, number];
  /** top, left, bottom, right. */
  pads?: number[];
  /** Stands in the node in place of `pads`, which it must come to. */
  autoPad?: string;
  dilations?: [number, number];
  group?: number;
};

function conv(settings: Settings): GradientCase {
  const { name, x, w, bias, strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], group = 1 } = settings;
  const padding = settings.autoPad ? { auto_pad: settings.autoPad } : { pads };
  return {
    name: `Conv ${name}`,
    inputs: [normal(...x), normal(...w), ...(bias ? [normal(w[0])] : [])],
    build: (g, inputs) => g.op('Conv', inputs, { strides, dilations, group, ...padding }),
    reference: (image, kernels, offsets) => {
      const padded = padImages(channelsLast(image), pads);
      const spread = dilate(tf.transpose(kernels as tf.Tensor4D, [2, 3, 1, 0]), dilations);
      const y = groupedConvolution(padded, spread, strides, group);
      return channelsFirst(offsets ? tf.add(y, offsets) : y);
    },
  };
}

export function groupedConvolution(
  x: tf.Tensor4D,
  w: tf.Tensor4D,
  strides: [number, number],
  group: number,
): tf.Tensor4D {
  if (group === 1) return tf.conv2d(x, w, strides, 'valid');
  const kernels = tf.split<tf.Tensor4D>(w, group, 3);
  const parts = tf
    .split<tf.Tensor4D>(x, group, 3)
    .map((image, position) => tf.conv2d(image, kernels[position], strides, 'valid'));
  return tf.concat(parts, 3);
}

/** Puts zeros between the taps of kernels [R, S, C, K], as tfjs has no gradient for dilations. */
export function dilate(w: tf.Tensor4D, [down, right]: [number, number]): tf.Tensor4D {
  const [r, s, c, k] = w.shape;
  const rows = spreadSecond(tf.reshape(w, [r, 1, s, c * k]), down);
  const tall = tf.slice(tf.reshape(rows, [r * down, s, c * k]), 0, (r - 1) * down + 1);
  const columns = spreadSecond(
    tf.reshape(tf.transpose(tall, [1, 0, 2]), [s, 1, tall.shape[0], c * k]),
    right,
  );
  const wide = tf.slice(tf.reshape(columns, [s * right, tall.shape[0], c * k]), 0, (s - 1) * right + 1);
  return tf.reshape(tf.transpose(wide, [1, 0, 2]), [tall.shape[0], wide.shape[0], c, k]);
}

/** [a, 1, b, c] → [a, factor, b, c], zeros behind. */
function spreadSecond(x: tf.Tensor4D, factor: number): tf.Tensor4D {
  const widths: [number, number][] = [
    [0, 0],
    [0, factor - 1],
    [0, 0],
    [0, 0],
  ];
  return tf.pad(x, widths);
}

const SAME = [1, 1, 1, 1];

export const CONVOLUTION_CASES: Record<string, GradientCase[]> = {
  Conv: [
    { name: '1x1', x: [2, 3, 4, 5], w: [4, 3, 1, 1] },
    { name: '1x1 with bias', x: [2, 3, 4, 5], w: [4, 3, 1, 1], bias: true as const },
    { name: '1x1, stride 2, even size', x: [1, 3, 6, 6], w: [4, 3, 1, 1], strides: [2, 2] },
    { name: '1x1 with padding', x: [1, 2, 4, 4], w: [3, 2, 1, 1], pads: SAME },
    { name: '3x3', x: [2, 2, 5, 6], w: [3, 2, 3, 3] },
    { name: '3x3, padded', x: [2, 2, 5, 5], w: [3, 2, 3, 3], pads: SAME },
    { name: '3x3, padded, with bias', x: [2, 2, 5, 5], w: [3, 2, 3, 3], pads: SAME, bias: true as const },
    { name: '3x3, stride 2, odd size', x: [1, 2, 7, 7], w: [3, 2, 3, 3], pads: SAME, strides: [2, 2] },
    { name: '3x3, stride 2, even size', x: [1, 2, 6, 8], w: [3, 2, 3, 3], pads: SAME, strides: [2, 2] },
    { name: '3x3, uneven strides', x: [1, 2, 7, 8], w: [3, 2, 3, 3], pads: SAME, strides: [1, 2] },
    { name: '3x3, stride 3 that leaves two rows over', x: [1, 2, 8, 8], w: [2, 2, 3, 3], strides: [3, 3] },
    { name: '3x3, uneven pads', x: [1, 2, 5, 5], w: [3, 2, 3, 3], pads: [0, 1, 2, 0] },
    {
      name: '3x3, uneven pads, stride 2',
      x: [1, 2, 6, 7],
      w: [3, 2, 3, 3],
      pads: [0, 1, 1, 2],
      strides: [2, 2],
    },
    { name: '3x3, pads wider than its reach', x: [1, 2, 4, 4], w: [2, 2, 3, 3], pads: [3, 3, 3, 3] },
    { name: '5x3', x: [1, 2, 7, 6], w: [3, 2, 5, 3], pads: [2, 1, 2, 1] },
    { name: '5x3, stride 2', x: [1, 2, 8, 6], w: [3, 2, 5, 3], pads: [2, 1, 2, 1], strides: [2, 2] },
    { name: '5x3 as tall as the padded image', x: [1, 2, 3, 5], w: [2, 2, 5, 3], pads: [1, 0, 1, 0] },
    {
      name: '7x7, stride 2, as stems have it',
      x: [1, 1, 8, 8],
      w: [2, 1, 7, 7],
      pads: [3, 3, 3, 3],
      strides: [2, 2],
    },
    { name: '2x2', x: [1, 2, 5, 5], w: [3, 2, 2, 2] },
    { name: 'SAME_UPPER', x: [1, 2, 5, 5], w: [2, 2, 2, 2], pads: [0, 0, 1, 1], autoPad: 'SAME_UPPER' },
    { name: 'SAME_LOWER', x: [1, 2, 5, 5], w: [2, 2, 2, 2], pads: [1, 1, 0, 0], autoPad: 'SAME_LOWER' },
    {
      name: 'SAME_UPPER, stride 2, even size',
      x: [1, 2, 6, 6],
      w: [2, 2, 3, 3],
      pads: [0, 0, 1, 1],
      autoPad: 'SAME_UPPER',
      strides: [2, 2],
    },
    {
      name: 'SAME_LOWER, stride 2, even size',
      x: [1, 2, 6, 6],
      w: [2, 2, 3, 3],
      pads: [1, 1, 0, 0],
      autoPad: 'SAME_LOWER',
      strides: [2, 2],
    },
    { name: 'VALID', x: [1, 2, 5, 5], w: [2, 2, 3, 3], autoPad: 'VALID' },
    { name: '3x3, dilated', x: [1, 2, 7, 7], w: [2, 2, 3, 3], dilations: [2, 2], pads: [2, 2, 2, 2] },
    { name: '3x3, dilated unevenly', x: [1, 2, 7, 8], w: [2, 2, 3, 3], dilations: [1, 3] },
    {
      name: '3x3, dilated, stride 2',
      x: [1, 2, 8, 8],
      w: [2, 2, 3, 3],
      dilations: [2, 1],
      pads: SAME,
      strides: [2, 2],
    },
    { name: 'in 2 groups', x: [1, 4, 4, 4], w: [6, 2, 3, 3], pads: SAME, group: 2, bias: true as const },
    { name: 'in 2 groups, 1x1', x: [2, 4, 3, 3], w: [6, 2, 1, 1], group: 2 },
    {
      name: 'in 2 groups, stride 2',
      x: [1, 4, 4, 6],
      w: [2, 2, 3, 3],
      pads: SAME,
      strides: [2, 2],
      group: 2,
    },
    { name: 'depthwise', x: [2, 3, 5, 5], w: [3, 1, 3, 3], pads: SAME, group: 3 },
    { name: 'depthwise, stride 2', x: [1, 3, 6, 6], w: [3, 1, 3, 3], pads: SAME, strides: [2, 2], group: 3 },
    {
      name: 'depthwise 5x5, stride 2, SAME_UPPER, as EfficientNet has it',
      x: [1, 2, 6, 7],
      w: [2, 1, 5, 5],
      pads: [1, 2, 2, 2],
      autoPad: 'SAME_UPPER',
      strides: [2, 2],
      group: 2,
    },
    {
      name: 'depthwise 7x7, as ConvNeXt has it',
      x: [1, 2, 6, 5],
      w: [2, 1, 7, 7],
      pads: [3, 3, 3, 3],
      group: 2,
      bias: true as const,
    },
    {
      name: 'depthwise, dilated',
      x: [1, 3, 6, 6],
      w: [3, 1, 3, 3],
      pads: [2, 2, 2, 2],
      dilations: [2, 2],
      group: 3,
    },
    { name: 'depthwise, uneven pads', x: [1, 3, 4, 5], w: [3, 1, 3, 3], pads: [0, 2, 1, 0], group: 3 },
    {
      name: 'in 2 groups, dilated, stride 2, uneven pads',
      x: [1, 4, 5, 6],
      w: [4, 2, 3, 3],
      pads: [0, 1, 2, 0],
      dilations: [1, 2],
      strides: [2, 1],
      group: 2,
    },
    {
      name: '1x1, stride 2, SAME_UPPER',
      x: [1, 2, 5, 6],
      w: [3, 2, 1, 1],
      autoPad: 'SAME_UPPER',
      strides: [2, 2],
    },
    {
      name: '4x4, stride 4, as patches are embedded',
      x: [1, 2, 4, 8],
      w: [3, 2, 4, 4],
      strides: [4, 4],
      bias: true as const,
    },
    { name: 'depthwise, two outputs a channel', x: [1, 3, 5, 5], w: [6, 1, 3, 3], pads: SAME, group: 3 },
  ].map((settings) => conv(settings as Settings)),
};
