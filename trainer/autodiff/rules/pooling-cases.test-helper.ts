/** Gradient cases of pools: overlapping, padded, tied. */
import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, normal, spaced, tied } from '../check-gradients.test-helper.ts';
import { channelsFirst, channelsLast, padImages } from '../tfjs.test-helper.ts';

type Pair = [number, number];
type Settings = {
  name: string;
  x: number[];
  kernel: Pair;
  strides?: Pair;
  /** top, left, bottom, right. */
  pads?: number[];
  /** Stand in the node in place of `pads`, which they must come to. */
  autoPad?: string;
  ceil?: true;
  dilations?: Pair;
  countPadding?: true;
  ties?: true;
};

const LOWEST = -1e3;

function attributesOf({ kernel, strides = [1, 1], pads = [0, 0, 0, 0], autoPad, dilations, ceil }: Settings) {
  return {
    kernel_shape: kernel,
    strides,
    ...(autoPad ? { auto_pad: autoPad } : ceil ? { ceil_mode: 1 } : { pads }),
    ...(dilations && { dilations }),
  };
}

function maxPool(settings: Settings): GradientCase {
  const { name, x, kernel, strides = [1, 1], pads = [0, 0, 0, 0], dilations = [1, 1], ties } = settings;
  return {
    name: `MaxPool ${name}`,
    inputs: [ties ? tied(...x) : spaced(...x)],
    build: (g, inputs) => g.op('MaxPool', inputs, attributesOf(settings)),
    reference: (image) => {
      // Padding must never win: for an image lifted far up, its zeros are the smallest.
      const padded: tf.Tensor4D = padImages(tf.sub(channelsLast(image), LOWEST), pads);
      const pooled = tf.pool(padded, kernel, 'max', 'valid', dilations, strides);
      return tf.add(channelsFirst(pooled), LOWEST);
    },
    ...(ties && { atKink: true as const }),
  };
}

/** tfjs's own average pool goes back wrongly at a padded border, so sums are made by a convolution with ones. */
function averagePool(settings: Settings): GradientCase {
  const {
    name,
    x,
    kernel,
    strides = [1, 1],
    pads = [0, 0, 0, 0],
    dilations = [1, 1],
    countPadding,
  } = settings;
  const ones = onesWithHoles(kernel, dilations, x[1]);
  const sums = (image: tf.Tensor4D) => tf.depthwiseConv2d(padImages(image, pads), ones, strides, 'valid');
  return {
    name: `AveragePool ${name}`,
    inputs: [normal(...x)],
    build: (g, inputs) =>
      g.op('AveragePool', inputs, {
        ...attributesOf(settings),
        ...(countPadding && { count_include_pad: 1 }),
      }),
    reference: (input) => {
      const image = channelsLast(input);
      const counts = countPadding ? tf.scalar(kernel[0] * kernel[1]) : sums(tf.onesLike(image));
      return channelsFirst(tf.div(sums(image), counts));
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

function maxPoolOfSequence(): GradientCase {
  return {
    name: 'MaxPool of [2, 3, 8]',
    inputs: [spaced(2, 3, 8)],
    build: (g, inputs) => g.op('MaxPool', inputs, { kernel_shape: [3], strides: [2] }),
    reference: (x) => {
      const image = channelsLast(tf.reshape(x, [2, 3, 1, 8]));
      return tf.reshape(channelsFirst(tf.maxPool(image, [1, 3], [1, 2], 'valid')), [2, 3, 3]);
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

const HALVING: Omit<Settings, 'name' | 'x'> = { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };

const WINDOWS: Settings[] = [
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

const counted = (settings: Settings): Settings => ({
  ...settings,
  name: `${settings.name}, padding counted`,
  countPadding: true,
});

export const POOLING_CASES: Record<string, GradientCase[]> = {
  GlobalAveragePool: [globalAverage([2, 3, 4, 5]), globalAverage([2, 3, 4])],
  MaxPool: [
    ...WINDOWS.map(maxPool),
    maxPool({ name: 'with ties', x: [2, 2, 6, 6], ...HALVING, ties: true }),
    maxPool({
      name: 'rounded up',
      x: [1, 2, 5, 5],
      kernel: [2, 2],
      strides: [2, 2],
      pads: [0, 0, 1, 1],
      ceil: true,
    }),
    maxPoolOfSequence(),
  ],
  AveragePool: [...WINDOWS, ...WINDOWS.filter(({ pads }) => pads).map(counted)].map(averagePool),
};
