/**
 * Gradient cases of Resize: by every mode that exporters write. Where the pixels come from is written out as numbers, so
 * that nothing of the rule's own arithmetic decides what is right.
 */
import * as tf from '@tensorflow/tfjs-core';
import { type AttributeInput, float } from '../../onnx/graph-builder.ts';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

/** Positions of the input and their weights, for each position of the output. */
type Taps = [from: number, weight: number][][];

type Settings = {
  name: string;
  dims: number[];
  scales?: number[];
  sizes?: number[];
  attributes: Record<string, AttributeInput>;
  /** By axis. */
  taps: Record<number, Taps>;
  opset?: number;
};

function resize({ name, dims, scales, sizes, attributes, taps, opset }: Settings): GradientCase {
  return {
    name: `Resize ${name}`,
    inputs: [normal(...dims)],
    build: (g, [x]) => {
      const inputs = scales ? [x, '', g.floats(scales)] : [x, '', '', g.ints(sizes as number[])];
      return g.op('Resize', inputs, attributes);
    },
    reference: (x) =>
      Object.entries(taps).reduce((image, [axis, along]) => weigh(image, Number(axis), along), tf.clone(x)),
    ...(opset && { opset }),
  };
}

/** Sums what each output position takes, tap by tap. */
function weigh(x: tf.Tensor, axis: number, taps: Taps): tf.Tensor {
  const most = Math.max(...taps.map((list) => list.length));
  const parts = Array.from({ length: most }, (_, tap) => {
    const from = taps.map((list) => list[tap]?.[0] ?? 0);
    const weights = taps.map((list) => list[tap]?.[1] ?? 0);
    const shape = x.shape.map((_, position) => (position === axis ? taps.length : 1));
    return tf.mul(tf.gather(x, tf.tensor1d(from, 'int32'), axis), tf.reshape(weights, shape));
  });
  return tf.addN(parts);
}

const picked = (...positions: number[]): Taps => positions.map((from) => [[from, 1]]);

/** Between two neighbours: at 1.25 a position takes 3/4 of pixel 1 and 1/4 of pixel 2. */
const between = (...places: number[]): Taps =>
  places.map((at) => {
    const left = Math.floor(at);
    return at === left
      ? [[left, 1]]
      : [
          [left, left + 1 - at],
          [left + 1, at - left],
        ];
  });

/** Weights at distance 1.25, 0.25, 0.75 and 1.75 for the usual slope −0.75. */
const QUARTER = [-0.10546875, 0.87890625, 0.26171875, -0.03515625];
const THREE_QUARTERS = [...QUARTER].reverse();

/** Doubles an axis of 3 pixels by cubic interpolation. */
const CUBIC: Taps = [
  [THREE_QUARTERS, [0, 0, 0, 1]],
  [QUARTER, [0, 0, 1, 2]],
  [THREE_QUARTERS, [0, 0, 1, 2]],
  [QUARTER, [0, 1, 2, 2]],
  [THREE_QUARTERS, [0, 1, 2, 2]],
  [QUARTER, [1, 2, 2, 2]],
].map(([weights, from]) => weights.map((weight, tap) => [from[tap], weight]));

/** The same without the pixels beyond the borders, the rest made up to 1. */
const CUBIC_INSIDE: Taps = [
  [THREE_QUARTERS, [-2, -1, 0, 1]],
  [QUARTER, [-1, 0, 1, 2]],
  [THREE_QUARTERS, [-1, 0, 1, 2]],
  [QUARTER, [0, 1, 2, 3]],
  [THREE_QUARTERS, [0, 1, 2, 3]],
  [QUARTER, [1, 2, 3, 4]],
].map(([weights, from]) => {
  const inside = from.flatMap((at, tap): [number, number][] =>
    at >= 0 && at < 3 ? [[at, weights[tap]]] : [],
  );
  const total = inside.reduce((sum, [, weight]) => sum + weight, 0);
  return inside.map(([at, weight]) => [at, weight / total]);
});

const IMAGE = [1, 2, 3, 4];
const FLOOR = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
const nearest = (nearestMode: string) => ({ ...FLOOR, nearest_mode: nearestMode });
const linear = (transformation?: string) => ({
  mode: 'linear',
  ...(transformation && { coordinate_transformation_mode: transformation }),
});

const CASES: Settings[] = [
  {
    name: 'nearest, doubled, as PyTorch exports it',
    dims: IMAGE,
    scales: [1, 1, 2, 2],
    attributes: FLOOR,
    taps: { 2: picked(0, 0, 1, 1, 2, 2), 3: picked(0, 0, 1, 1, 2, 2, 3, 3) },
  },
  {
    name: 'nearest, every second pixel',
    dims: [1, 2, 6, 5],
    scales: [1, 1, 0.5, 0.5],
    attributes: FLOOR,
    taps: { 2: picked(0, 2, 4), 3: picked(0, 2) },
  },
  {
    name: 'nearest by default, to a size',
    dims: IMAGE,
    sizes: [1, 2, 7, 4],
    attributes: {},
    taps: { 2: picked(0, 0, 1, 1, 1, 2, 2) },
  },
  {
    name: 'nearest, halves rounded down',
    dims: IMAGE,
    scales: [1, 1, 1, 2],
    attributes: nearest('round_prefer_floor'),
    taps: { 3: picked(0, 0, 1, 1, 2, 2, 3, 3) },
  },
  {
    name: 'nearest, halves rounded up',
    dims: IMAGE,
    scales: [1, 1, 1, 2],
    attributes: nearest('round_prefer_ceil'),
    taps: { 3: picked(0, 1, 1, 2, 2, 3, 3, 3) },
  },
  {
    name: 'nearest, rounded up',
    dims: IMAGE,
    scales: [1, 1, 1, 3],
    attributes: nearest('ceil'),
    taps: { 3: picked(0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3) },
  },
  {
    name: 'linear by default, doubled',
    dims: IMAGE,
    scales: [1, 1, 2, 2],
    attributes: linear(),
    taps: {
      2: between(0, 0.25, 0.75, 1.25, 1.75, 2),
      3: between(0, 0.25, 0.75, 1.25, 1.75, 2.25, 2.75, 3),
    },
  },
  {
    name: 'linear, pytorch_half_pixel, to one row',
    dims: IMAGE,
    sizes: [1, 2, 1, 2],
    attributes: linear('pytorch_half_pixel'),
    taps: { 2: picked(0), 3: between(0.5, 2.5) },
  },
  {
    name: 'linear, half_pixel, to one row',
    dims: IMAGE,
    sizes: [1, 2, 1, 2],
    attributes: linear('half_pixel'),
    taps: { 2: picked(1), 3: between(0.5, 2.5) },
  },
  {
    name: 'linear, align_corners',
    dims: IMAGE,
    sizes: [1, 2, 5, 3],
    attributes: linear('align_corners'),
    taps: { 2: between(0, 0.5, 1, 1.5, 2), 3: between(0, 1.5, 3) },
  },
  {
    name: 'linear, align_corners, to one row',
    dims: IMAGE,
    sizes: [1, 2, 1, 4],
    attributes: linear('align_corners'),
    taps: { 2: picked(0) },
  },
  {
    name: 'linear, asymmetric, by one and a half',
    dims: IMAGE,
    scales: [1, 1, 1, 1.5],
    attributes: linear('asymmetric'),
    taps: { 3: between(0, 2 / 3, 4 / 3, 2, 8 / 3, 3) },
  },
  {
    name: 'linear, by a scale that leaves a part of a pixel over',
    dims: [1, 2, 3, 5],
    scales: [1, 1, 1, 1.25],
    attributes: linear(),
    taps: { 3: between(0, 0.7, 1.5, 2.3, 3.1, 3.9) },
  },
  {
    name: 'linear, half_pixel_symmetric',
    dims: [1, 2, 3, 5],
    scales: [1, 1, 1, 1.25],
    attributes: linear('half_pixel_symmetric'),
    // The 6 pixels of 0.8 leave 0.2 over, half of it on either side.
    taps: { 3: between(0, 0.8, 1.6, 2.4, 3.2, 4) },
    opset: 19,
  },
  {
    name: 'linear, by axes from the end',
    dims: IMAGE,
    sizes: [6, 2],
    attributes: { ...linear(), axes: [-2, -1] },
    taps: { 2: between(0, 0.25, 0.75, 1.25, 1.75, 2), 3: between(0.5, 2.5) },
  },
  {
    name: 'linear, of volumes',
    dims: [1, 1, 2, 2, 2],
    scales: [1, 1, 2, 2, 2],
    attributes: linear(),
    taps: { 2: between(0, 0.25, 0.75, 1), 3: between(0, 0.25, 0.75, 1), 4: between(0, 0.25, 0.75, 1) },
  },
  {
    name: 'cubic, doubled',
    dims: [1, 2, 3, 3],
    scales: [1, 1, 2, 2],
    attributes: { mode: 'cubic' },
    taps: { 2: CUBIC, 3: CUBIC },
  },
  {
    name: 'cubic, doubled, without the outside',
    dims: [1, 2, 3, 3],
    scales: [1, 1, 2, 2],
    attributes: { mode: 'cubic', exclude_outside: 1, cubic_coeff_a: float(-0.75) },
    taps: { 2: CUBIC_INSIDE, 3: CUBIC_INSIDE },
  },
  {
    name: 'to the same size',
    dims: IMAGE,
    scales: [1, 1, 1, 1],
    attributes: linear(),
    taps: {},
  },
];

export const RESIZING_CASES: Record<string, GradientCase[]> = { Resize: CASES.map(resize) };
