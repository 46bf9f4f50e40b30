/** Gradient cases of operators that pick elements by their positions. */
import * as tf from '@tensorflow/tfjs-core';
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { elementCount, ints } from '../../onnx/tensor.ts';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

/** Which positions along an axis a slice takes; tfjs has no gradient of its own slices with steps. */
type Cut = { axis: number; start: number; end: number; step?: number; taken: number[] };

function slice(name: string, x: number[], ...cuts: Cut[]): GradientCase {
  const list = (field: (cut: Cut) => number) => cuts.map(field);
  return {
    name: `Slice ${name}`,
    inputs: [normal(...x)],
    build: (g, [value]) =>
      g.slice(
        value,
        list(({ start }) => start),
        list(({ end }) => end),
        list(({ axis }) => axis),
        list(({ step = 1 }) => step),
      ),
    reference: (value) =>
      cuts.reduce(
        (rest, { axis, taken }) => tf.gather(rest, tf.tensor1d(taken, 'int32'), (axis + x.length) % x.length),
        value,
      ),
  };
}

function sliceByDefaults(): GradientCase {
  return {
    name: 'Slice without axes and steps',
    inputs: [normal(3, 4)],
    build: (g, [x]) => g.op('Slice', [x, g.ints([1, 0]), g.ints([3, 3])]),
    reference: (x) => tf.slice(x, [1, 0], [2, 3]),
  };
}

const END = Number.MAX_SAFE_INTEGER;

type Picking = { x: number[]; axis?: number; indices: number[]; dims?: number[]; computed?: boolean };

/** Indices that an Identity makes are known at run time only. */
function indexValue(g: GraphBuilder, { indices, dims = [indices.length], computed }: Picking): Value {
  const fixed = g.constant(ints(indices, dims));
  return computed ? g.op('Identity', [fixed]) : fixed;
}

function gather(name: string, picking: Picking): GradientCase {
  const { x, axis = 0, indices, dims = [indices.length] } = picking;
  const along = (axis + x.length) % x.length;
  const positions = indices.map((index) => (index + x[along]) % x[along]);
  return {
    name: `Gather ${name}`,
    inputs: [normal(...x)],
    build: (g, [value]) => g.op('Gather', [value, indexValue(g, picking)], { axis }),
    reference: (value) =>
      tf.reshape(tf.gather(value, tf.tensor1d(positions, 'int32'), along), [
        ...x.slice(0, along),
        ...dims,
        ...x.slice(along + 1),
      ]),
  };
}

/** tfjs has no such operator: the picked elements are counted through the flattened input. */
function gatherElements(name: string, picking: Picking & { dims: number[] }): GradientCase {
  const { x, axis = 0, indices, dims } = picking;
  const along = (axis + 2) % 2;
  const flat = indices.map((index, at) => {
    const place = [Math.floor(at / dims[1]), at % dims[1]];
    place[along] = (index + x[along]) % x[along];
    return place[0] * x[1] + place[1];
  });
  return {
    name: `GatherElements ${name}`,
    inputs: [normal(...x)],
    build: (g, [value]) => g.op('GatherElements', [value, indexValue(g, picking)], { axis }),
    reference: (value) =>
      tf.reshape(tf.gather(tf.reshape(value, [elementCount(x)]), tf.tensor1d(flat, 'int32')), dims),
  };
}

export const INDEXING_CASES: Record<string, GradientCase[]> = {
  Slice: [
    slice('of rows', [5, 2], { axis: 0, start: 1, end: 4, taken: [1, 2, 3] }),
    slice('to the end', [2, 5], { axis: 1, start: -2, end: END, taken: [3, 4] }),
    slice('from before the beginning', [4, 2], { axis: -2, start: -9, end: -2, taken: [0, 1] }),
    slice('of everything', [2, 3], { axis: 0, start: 0, end: END, taken: [0, 1] }),
    slice('with a step', [2, 7], { axis: 1, start: 1, end: 7, step: 2, taken: [1, 3, 5] }),
    slice('of every third', [2, 8, 2], { axis: 1, start: 0, end: END, step: 3, taken: [0, 3, 6] }),
    slice('backwards', [2, 4], { axis: 1, start: -1, end: -END, step: -1, taken: [3, 2, 1, 0] }),
    slice('backwards with a step', [6, 2], { axis: 0, start: 9, end: 0, step: -2, taken: [5, 3, 1] }),
    slice(
      'along two axes',
      [2, 4, 5],
      { axis: 2, start: 0, end: END, step: 2, taken: [0, 2, 4] },
      { axis: 1, start: 1, end: 3, taken: [1, 2] },
    ),
    sliceByDefaults(),
  ],
  Gather: [
    gather('of distinct rows', { x: [4, 3], indices: [2, 0, 3] }),
    gather('of rows one after another', { x: [4, 3], indices: [1, 2] }),
    gather('counted from the end', { x: [2, 4, 2], axis: 1, indices: [-1, 1] }),
    gather('of a single position, as of a class token', { x: [2, 4, 3], axis: 1, indices: [0], dims: [] }),
    gather('of repeated rows', { x: [4, 3], indices: [2, 0, 2, -2] }),
    gather('by a table', { x: [3, 2], indices: [0, 1, 1, 2, 2, 2], dims: [2, 3] }),
    gather('by a table along the last axis', { x: [2, 4], axis: -1, indices: [3, 0, 3, 1], dims: [2, 2] }),
    gather('by computed positions', { x: [2, 4, 3], axis: 1, indices: [2, 0, -2], computed: true }),
  ],
  GatherElements: [
    gatherElements('along rows', { x: [3, 3], indices: [1, 2, 0, 2, 0, 0], dims: [2, 3] }),
    gatherElements('along columns', {
      x: [2, 4],
      axis: -1,
      indices: [0, 0, -1, 1, 2, 1],
      dims: [2, 3],
      computed: true,
    }),
  ],
};
