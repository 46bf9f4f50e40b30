/** Gradients of pools over [N, C, H, W]. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes } from '../../onnx/graph.ts';
import { floats, zeros } from '../../onnx/tensor.ts';
import type { Rule } from '../rule.ts';
import { type Window, windowOf } from './windows.ts';

/** Every pixel receives an equal share. */
export const GlobalAveragePool: Rule = ({ g, dy, dims, inputs: [x] }) => {
  const [, , ...space] = dims(x);
  const pixels = space.reduce((product, size) => product * size, 1);
  return [g.op('Expand', [g.op('Mul', [dy, g.floats(1 / pixels)]), g.ints(dims(x))])];
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
  const size = dims(x).reduce((product, dim) => product * dim, 1);
  const flat = [g.constant(zeros([size])), g.reshape(node.outputs[1], [-1]), g.reshape(dy, [-1])];
  return [g.reshape(g.op('ScatterElements', flat, { axis: 0, reduction: 'add' }), dims(x))];
};

/** Each output goes back in equal shares to its window: a transposed convolution with ones, a channel at a time. */
export const AveragePool: Rule = ({ g, node, dy, dims, inputs: [x], outputs: [y] }) => {
  const [xDims, yDims] = [dims(x), dims(y)];
  const settings = plainAttributes<{ kernel_shape: number[]; count_include_pad: number }>(node);
  const window = windowOf(node, xDims, yDims, settings.kernel_shape as number[]);
  const { kernel, strides, dilations, pads } = window;
  const channels = xDims[1];
  const counts = windowSizes(window, xDims.slice(2), yDims.slice(2), Boolean(settings.count_include_pad));
  const shares = g.op('Div', [dy, g.constant(floats(counts, [1, 1, ...yDims.slice(2)]))]);
  const ones = g.constant(
    floats(new Float32Array(channels * kernel[0] * kernel[1]).fill(1), [channels, 1, ...kernel]),
  );
  const outputPadding = [0, 1].map((axis) => {
    const covered = (yDims[axis + 2] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
    return xDims[axis + 2] - (covered - pads[axis] - pads[axis + 2]);
  });
  const attributes = {
    strides,
    dilations,
    pads,
    group: channels,
    kernel_shape: kernel,
    output_padding: outputPadding,
  };
  return [g.op('ConvTranspose', [shares, ones], attributes)];
};

/** Over how many pixels each output is an average, [rows, columns]: padding counts or does not. */
function windowSizes(window: Window, input: number[], output: number[], countPadding: boolean): Float32Array {
  const along = (axis: number) =>
    Array.from({ length: output[axis] }, (_, position) => {
      const taps = Array.from(
        { length: window.kernel[axis] },
        (_, tap) => position * window.strides[axis] - window.pads[axis] + tap * window.dilations[axis],
      );
      return countPadding ? taps.length : taps.filter((at) => at >= 0 && at < input[axis]).length;
    });
  const columns = along(1);
  return Float32Array.from(along(0).flatMap((rows) => columns.map((count) => rows * count)));
}
