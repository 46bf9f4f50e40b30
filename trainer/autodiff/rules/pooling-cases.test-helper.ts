/** Gradient cases of pools: overlapping, padded, tied. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal, spaced, tied } from '../check-gradients.test-helper.ts';
import { channelsFirst, channelsLast, padImages } from '../tfjs.test-helper.ts';

type Pair = [number, number];
export type WindowSettings = {
  name: string;
  x: number[];
  kernel: Pair;
  strides?: Pair;
  /** top, left, bottom, right. */
  pads?: number[];
  /** Stand in the node in place of `pads`, which they must come to. */
  autoPad?: string;
  /** How far the last windows reach beyond the padding, bottom and right, as ceil_mode lets them. */
  overhang?: Pair;
  dilations?: Pair;
  countPadding?: true;
  ties?: true;
};

const LOWEST = -1e3;

export function windowAttributes(settings: WindowSettings) {
  const { kernel, strides = [1, 1], pads = [0, 0, 0, 0], autoPad, dilations, overhang } = settings;
  return {
    kernel_shape: kernel,
    strides,
    ...(autoPad ? { auto_pad: autoPad } : { pads }),
    ...(overhang && { ceil_mode: 1 }),
    ...(dilations && { dilations }),
  };
}

/** Images [N, H, W, C] with zeros around them, as far as windows reach. */
export function padded(
  x: tf.Tensor4D,
  { pads = [0, 0, 0, 0], overhang = [0, 0] }: WindowSettings,
): tf.Tensor4D {
  return padImages(padImages(x, pads), [0, 0, ...overhang]);
}

/** Sums over the windows of padded images, by a convolution with ones: tfjs's own average pool goes back wrongly at a padded border. */
export function sumWindows(x: tf.Tensor4D, settings: WindowSettings): tf.Tensor4D {
  const { kernel, strides = [1, 1], dilations = [1, 1] } = settings;
  return tf.depthwiseConv2d(x, onesWithHoles(kernel, dilations, x.shape[3]), strides, 'valid');
}

function maxPool(settings: WindowSettings): GradientCase {
  const { name, x, kernel, strides = [1, 1], dilations = [1, 1], ties } = settings;
  return {
    name: `MaxPool ${name}`,
    inputs: [ties ? tied(...x) : spaced(...x)],
    build: (g, inputs) => g.op('MaxPool', inputs, windowAttributes(settings)),
    reference: (image) => {
      // Padding must never win: for an image lifted far up, its zeros are the smallest.
      const lifted = padded(tf.sub(channelsLast(image), LOWEST), settings);
      const pooled = tf.pool(lifted, kernel, 'max', 'valid', dilations, strides);
      return tf.add(channelsFirst(pooled), LOWEST);
    },
    ...(ties && { atKink: true as const }),
  };
}

function averagePool(settings: WindowSettings): GradientCase {
  const { name, x, pads = [0, 0, 0, 0], overhang = [0, 0], countPadding } = settings;
  return {
    name: `AveragePool ${name}`,
    inputs: [normal(...x)],
    build: (g, inputs) =>
      g.op('AveragePool', inputs, {
        ...windowAttributes(settings),
        ...(countPadding && { count_include_pad: 1 }),
      }),
    reference: (input) => {
      const image = channelsLast(input);
      const counted = countPadding
        ? padImages(tf.onesLike(padImages(image, pads)), [0, 0, ...overhang])
        : padded(tf.onesLike(image), settings);
      const counts = sumWindows(counted, settings);
      return channelsFirst(tf.div(sumWindows(padded(image, settings), settings), counts));
    },
    ...(settings.dilations && { opset: 19 }),
  };
}

/** Weights of a convolution that sums a window, a channel at a time; between dilated taps there are zeros. */
function onesWithHoles(kernel: Pair, dilations: Pair, channels: number): tf.Tensor4D {
  const [rows, columns] = [0, 1].map((axis) => (kernel[axis] - 1) * dilations[axis] + 1);
  const ones = tf.buffer([rows, columns, channels, 1]);
  for (let y = 0; y < rows; y += dilations[0])
    for (let x = 0; x < columns; x += dilations[1])
      for (let channel = 0; channel < channels; channel++) ones.set(1, y, x, channel, 0);
  return ones.toTensor() as tf.Tensor4D;
}

/** A pool over [2, 3, 8], in tfjs over images one pixel high. */
function ofSequences(op: 'MaxPool' | 'AveragePool'): GradientCase {
  const pool = op === 'MaxPool' ? tf.maxPool : tf.avgPool;
  return {
    name: `${op} of [2, 3, 8]`,
    inputs: [spaced(2, 3, 8)],
    build: (g, inputs) => g.op(op, inputs, { kernel_shape: [3], strides: [2] }),
    reference: (x) => {
      const image = channelsLast(tf.reshape(x, [2, 3, 1, 8]));
      return tf.reshape(channelsFirst(pool(image, [1, 3], [1, 2], 'valid')), [2, 3, 3]);
    },
  };
}

function globalAverage(dims: number[]): GradientCase {
  const axes = dims.map((_, axis) => axis).slice(2);
  return {
    name: `GlobalAveragePool of [${dims}]`,
    inputs: [normal(...dims)],
    build: (g, inputs) => g.op('GlobalAveragePool', inputs),
    reference: (x) => tf.mean(x, axes, true),
  };
}

function globalMax(dims: number[]): GradientCase {
  const axes = dims.map((_, axis) => axis).slice(2);
  return {
    name: `GlobalMaxPool of [${dims}]`,
    inputs: [spaced(...dims)],
    build: (g, inputs) => g.op('GlobalMaxPool', inputs),
    reference: (x) => tf.max(x, axes, true),
  };
}

/** Of equal largest pixels the first is meant: the one that a weight falling with the position would choose. */
function globalMaxWithTies(): GradientCase {
  const dims = [2, 3, 3, 3];
  return {
    name: 'GlobalMaxPool with ties',
    inputs: [tied(...dims)],
    build: (g, inputs) => g.op('GlobalMaxPool', inputs),
    reference: (x) => {
      const rows = tf.reshape(x, [6, 9]);
      const first = tf.argMax(tf.sub(rows, tf.linspace(0, 0.5, 9)), 1);
      return tf.reshape(tf.sum(tf.mul(rows, tf.oneHot(first, 9)), 1), [2, 3, 1, 1]);
    },
    atKink: true,
  };
}

const HALVING: Omit<WindowSettings, 'name' | 'x'> = { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };

export const WINDOWS: WindowSettings[] = [
  { name: '2x2', x: [2, 2, 5, 6], kernel: [2, 2] },
  { name: '2x2, stride 2', x: [2, 2, 4, 6], kernel: [2, 2], strides: [2, 2] },
  { name: '2x2, stride 3 that leaves rows over', x: [1, 2, 7, 7], kernel: [2, 2], strides: [3, 3] },
  { name: '3x3, stride 2, padded, odd size', x: [1, 2, 7, 7], ...HALVING },
  { name: '3x3, stride 2, padded, even size', x: [1, 2, 6, 8], ...HALVING },
  {
    name: '3x2, uneven pads and strides',
    x: [1, 2, 6, 7],
    kernel: [3, 2],
    strides: [2, 1],
    pads: [1, 0, 0, 1],
  },
  { name: 'SAME_UPPER', x: [1, 2, 6, 6], ...HALVING, pads: [0, 0, 1, 1], autoPad: 'SAME_UPPER' },
  { name: 'SAME_LOWER', x: [1, 2, 6, 6], ...HALVING, pads: [1, 1, 0, 0], autoPad: 'SAME_LOWER' },
  { name: '2x3, dilated', x: [1, 2, 6, 8], kernel: [2, 3], dilations: [3, 2] },
];

const counted = (settings: WindowSettings): WindowSettings => ({
  ...settings,
  name: `${settings.name}, padding counted`,
  countPadding: true,
});

const ROUNDED_UP: WindowSettings[] = [
  { name: 'rounded up', x: [1, 2, 5, 5], kernel: [2, 2], strides: [2, 2], overhang: [1, 1] },
  {
    name: 'rounded up, as SqueezeNet has it',
    x: [1, 2, 6, 8],
    kernel: [3, 3],
    strides: [2, 2],
    overhang: [1, 1],
  },
  {
    name: 'rounded up, padded',
    x: [1, 2, 6, 7],
    kernel: [3, 2],
    strides: [2, 2],
    pads: [1, 0, 0, 0],
    overhang: [0, 1],
  },
  {
    name: 'rounded up, padded behind',
    x: [1, 2, 6, 4],
    kernel: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    overhang: [1, 1],
  },
];

const withPadding = [...WINDOWS, ...ROUNDED_UP].filter(({ pads }) => pads).map(counted);

export const POOLING_CASES: Record<string, GradientCase[]> = {
  GlobalAveragePool: [globalAverage([2, 3, 4, 5]), globalAverage([2, 3, 4])],
  GlobalMaxPool: [globalMax([2, 3, 4, 5]), globalMax([2, 3, 4]), globalMaxWithTies()],
  MaxPool: [
    ...[...WINDOWS, ...ROUNDED_UP].map(maxPool),
    maxPool({ name: 'with ties', x: [2, 2, 6, 6], ...HALVING, ties: true }),
    ofSequences('MaxPool'),
  ],
  AveragePool: [...[...WINDOWS, ...ROUNDED_UP, ...withPadding].map(averagePool), ofSequences('AveragePool')],
};
