/** Gradients of pools over [N, C, ...]. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes } from '../../onnx/graph.ts';
import { elementCount, floats, zeros } from '../../onnx/tensor.ts';
import type { Rule } from '../rule.ts';
import { spreadOverWindows } from './spread-over-windows.ts';
import { type SpaceWindow, spaceWindowOf } from './windows.ts';

/** Every pixel receives an equal share. */
export const GlobalAveragePool: Rule = ({ g, dy, dims, inputs: [x] }) => {
  const [, , ...space] = dims(x);
  const pixels = elementCount(space);
  return [g.op('Expand', [g.op('Mul', [dy, g.floats(1 / pixels)]), g.ints(dims(x))])];
};

/** Each channel's largest pixel, the first of them, receives all. */
export const GlobalMaxPool: Rule = ({ g, dy, dims, inputs: [x] }) => {
  const [batch, channels, ...space] = dims(x);
  const shape = [batch, channels, elementCount(space)];
  const largest = g.op('ArgMax', [g.reshape(x, shape)], { axis: 2 });
  const dx = g.op(
    'ScatterElements',
    [g.constant(zeros(shape)), largest, g.reshape(dy, [batch, channels, 1])],
    {
      axis: 2,
    },
  );
  return [g.reshape(dx, dims(x))];
};

/** Each output goes back in full to the first of its window's largest inputs, as PyTorch does it. */
export const MaxPool: Rule = ({ g, node, dy, dims, inputs: [x] }) => {
  if (plainAttributes<{ storage_order: number }>(node).storage_order)
    throw new SinterError(
      'unsupported',
      `${describeNode(node)}: gradients do not cover storage_order 1, by which indices count down the columns.`,
    );
  // Indices count through the whole flattened input; asking for them is all that the forward node needs to do more.
  if (!node.outputs[1]) node.outputs = [node.outputs[0], g.fresh('indices')];
  const size = elementCount(dims(x));
  const flat = [g.constant(zeros([size])), g.reshape(node.outputs[1], [-1]), g.reshape(dy, [-1])];
  return [g.reshape(g.op('ScatterElements', flat, { axis: 0, reduction: 'add' }), dims(x))];
};

/** Each output goes back in equal shares to the pixels that it averages. */
export const AveragePool: Rule = ({ g, node, dy, dims, inputs: [x], outputs: [y] }) => {
  const [xDims, yDims] = [dims(x), dims(y)];
  const settings = plainAttributes<{ kernel_shape: number[]; count_include_pad: number }>(node);
  const window = spaceWindowOf(node, xDims, yDims, settings.kernel_shape as number[]);
  const counts = windowSizes(window, xDims.slice(2), yDims.slice(2), Boolean(settings.count_include_pad));
  const shares = g.op('Div', [dy, g.constant(floats(counts, [1, 1, ...yDims.slice(2)]))]);
  return [spreadOverWindows(g, shares, window, xDims, yDims)];
};

/** Over how many pixels each output is an average: padding counts or does not, what lies beyond the padding never does. */
function windowSizes(
  { kernel, strides, dilations, pads }: SpaceWindow,
  input: number[],
  output: number[],
  countPadding: boolean,
): number[] {
  const alongAxis = kernel.map((taps, axis) => {
    const [before, after] = countPadding ? [pads[axis], pads[kernel.length + axis]] : [0, 0];
    return Array.from({ length: output[axis] }, (_, position) => {
      const places = Array.from(
        { length: taps },
        (_, tap) => position * strides[axis] - pads[axis] + tap * dilations[axis],
      );
      return places.filter((at) => at >= -before && at < input[axis] + after).length;
    });
  });
  return alongAxis.reduce((sizes, counts) => sizes.flatMap((size) => counts.map((count) => size * count)));
}
