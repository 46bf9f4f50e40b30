/** Gradient cases of operators that move, join or repeat elements. */
import * as tf from '@tensorflow/tfjs-core';
import { tensor } from '../../onnx/tensor.ts';
import { type GradientCase, normal } from '../check-gradients.test-helper.ts';

function reshape(to: number[], result: number[]): GradientCase {
  return {
    name: `Reshape to [${to}]`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.reshape(x, to),
    reference: (x) => tf.reshape(x, result),
  };
}

function flatten(axis: number | undefined, result: number[]): GradientCase {
  return {
    name: axis === undefined ? 'Flatten' : `Flatten at axis ${axis}`,
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.op('Flatten', [x], axis === undefined ? {} : { axis }),
    reference: (x) => tf.reshape(x, result),
  };
}

function squeeze(x: number[], axes: number[] | undefined, result: number[]): GradientCase {
  return {
    name: `Squeeze [${x}] ${axes ? `at [${axes}]` : 'wherever it can be'}`,
    inputs: [normal(...x)],
    build: (g, inputs) => g.op('Squeeze', [...inputs, ...(axes ? [g.ints(axes)] : [])]),
    reference: (value) => tf.reshape(value, result),
  };
}

function unsqueeze(axes: number[], result: number[]): GradientCase {
  return {
    name: `Unsqueeze at [${axes}]`,
    inputs: [normal(2, 3)],
    build: (g, [x]) => g.op('Unsqueeze', [x, g.ints(axes)]),
    reference: (x) => tf.reshape(x, result),
  };
}

function transpose(perm: number[] | undefined): GradientCase {
  return {
    name: perm ? `Transpose by [${perm}]` : 'Transpose without perm',
    inputs: [normal(2, 3, 4)],
    build: (g, [x]) => g.op('Transpose', [x], perm ? { perm } : {}),
    reference: (x) => tf.transpose(x, perm),
  };
}

function concat(axis: number, ...shapes: number[][]): GradientCase {
  return {
    name: `Concat along ${axis} of ${shapes.map((dims) => `[${dims}]`).join(', ')}`,
    inputs: shapes.map((dims) => normal(...dims)),
    build: (g, inputs) => g.op('Concat', inputs, { axis }),
    reference: (...values) => tf.concat(values, (axis + shapes[0].length) % shapes[0].length),
  };
}

/** A fixed value beside the input, so that not every piece of dy is wanted. */
function concatWithConstant(): GradientCase {
  return {
    name: 'Concat of a fixed value and an input',
    inputs: [normal(2, 3)],
    build: (g, [x]) => g.op('Concat', [g.floats([1, 2], [2, 1]), x], { axis: 1 }),
    reference: (x) => tf.concat([tf.tensor([1, 2], [2, 1]), x], 1),
  };
}

type Pieces = { x: number[]; axis?: number; sizes: number[]; byCount?: boolean };

/** The loss sees the square of the first piece and the last piece: what lies between gets zeros. */
function split({ x, axis = 0, sizes, byCount }: Pieces): GradientCase {
  return {
    name: `Split [${x}] along ${axis} into ${byCount ? sizes.length : `[${sizes}]`}`,
    inputs: [normal(...x)],
    build: (g, inputs) => {
      const [asInput, attributes] = byCount
        ? [[], { axis, num_outputs: sizes.length }]
        : [[g.ints(sizes)], { axis }];
      const pieces = g.ops('Split', [...inputs, ...asInput], sizes.length, attributes);
      const first = g.op('Mul', [pieces[0], pieces[0]]);
      return g.op('Concat', [first, pieces[sizes.length - 1]], { axis });
    },
    reference: (value) => {
      const along = (axis + x.length) % x.length;
      const pieces = tf.split(value, sizes, along);
      return tf.concat([tf.square(pieces[0]), pieces[sizes.length - 1]], along);
    },
  };
}

function expand(x: number[], shape: number[], result: number[]): GradientCase {
  return {
    name: `Expand [${x}] by [${shape}]`,
    inputs: [normal(...x)],
    build: (g, inputs) => g.op('Expand', [...inputs, g.ints(shape)]),
    reference: (value) => tf.add(value, tf.zeros(result)),
  };
}

function tile(x: number[], repeats: number[]): GradientCase {
  return {
    name: `Tile [${x}] by [${repeats}]`,
    inputs: [normal(...x)],
    build: (g, inputs) => g.op('Tile', [...inputs, g.ints(repeats)]),
    reference: (value) => tf.tile(value, repeats),
  };
}

function trilu(upper: number, k?: number): GradientCase {
  const [rows, columns] = [3, 4];
  const keeps = (row: number, column: number) =>
    upper ? column - row >= (k ?? 0) : column - row <= (k ?? 0);
  const mask = Array.from({ length: rows * columns }, (_, at) =>
    Number(keeps(Math.floor(at / columns), at % columns)),
  );
  return {
    name: `Trilu, ${upper ? 'upper' : 'lower'} triangle${k === undefined ? '' : ` from diagonal ${k}`}`,
    inputs: [normal(2, rows, columns)],
    build: (g, [x]) => g.op('Trilu', k === undefined ? [x] : [x, g.ints(k)], { upper }),
    reference: (x) => tf.mul(x, tf.tensor(mask, [rows, columns])),
  };
}

function dropout(name: string, ratio: number, training?: number): GradientCase {
  return {
    name: `Dropout ${name}`,
    inputs: [normal(2, 3)],
    build: (g, [x]) => {
      const mode = training === undefined ? [] : [g.constant(tensor('bool', Uint8Array.of(training), []))];
      return g.op('Dropout', [x, g.floats(ratio), ...mode]);
    },
    reference: (x) => tf.clone(x),
  };
}

export const LAYOUT_CASES: Record<string, GradientCase[]> = {
  Reshape: [reshape([6, 4], [6, 4]), reshape([0, -1], [2, 12]), reshape([-1], [24])],
  Flatten: [flatten(undefined, [2, 12]), flatten(0, [1, 24]), flatten(2, [6, 4]), flatten(-1, [6, 4])],
  Squeeze: [
    squeeze([2, 1, 3, 1], [1], [2, 3, 1]),
    squeeze([2, 1, 3, 1], [-1], [2, 1, 3]),
    squeeze([1, 2, 1], undefined, [2]),
  ],
  Unsqueeze: [unsqueeze([0], [1, 2, 3]), unsqueeze([-1, 1], [2, 1, 3, 1])],
  Transpose: [transpose(undefined), transpose([1, 2, 0]), transpose([0, 2, 1])],
  Concat: [
    concat(0, [2, 3], [1, 3]),
    concat(1, [2, 3, 2], [2, 1, 2], [2, 2, 2]),
    concat(-1, [2, 3], [2, 2]),
    concatWithConstant(),
  ],
  Split: [
    split({ x: [5, 2], sizes: [2, 3] }),
    split({ x: [2, 6], axis: 1, sizes: [1, 3, 2] }),
    split({ x: [2, 6], axis: -1, sizes: [2, 2, 2], byCount: true }),
    split({ x: [7, 2], sizes: [3, 3, 1], byCount: true }),
  ],
  Expand: [expand([3, 1], [2, 3, 4], [2, 3, 4]), expand([2, 3], [1, 1], [2, 3]), expand([], [2, 2], [2, 2])],
  Tile: [tile([2, 3], [2, 1]), tile([2, 3], [3, 2]), tile([2, 1, 3], [1, 4, 2])],
  Trilu: [trilu(1), trilu(0), trilu(1, 1), trilu(0, -1)],
  Dropout: [
    dropout('in inference', 0.5),
    dropout('in inference, said by an input', 0.5, 0),
    dropout('of nothing in training', 0, 1),
  ],
};
