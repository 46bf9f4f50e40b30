/** What the gradients of pools have in common: values of windows go back to the pixels in them. */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { elementCount, floats } from '../../onnx/tensor.ts';
import type { SpaceWindow } from './windows.ts';

/** Adds to every pixel of [N, C, ...] the value of each window that it lies in: a transposed convolution with ones, a channel at a time. */
export function spreadOverWindows(
  g: GraphBuilder,
  values: Value,
  { kernel, strides, dilations, pads }: SpaceWindow,
  image: number[],
  windows: number[],
): Value {
  const channels = image[1];
  const dims = [channels, 1, ...kernel];
  const ones = g.constant(floats(new Float32Array(elementCount(dims)).fill(1), dims));
  const before = pads.slice(0, kernel.length);
  // How far the last window reaches past the image: cut off, or filled up where it ends before it.
  const beyond = kernel.map((size, axis) => {
    const covered = (windows[axis + 2] - 1) * strides[axis] + (size - 1) * dilations[axis] + 1;
    return covered - before[axis] - image[axis + 2];
  });
  return g.op('ConvTranspose', [values, ones], {
    strides,
    dilations,
    group: channels,
    kernel_shape: kernel,
    pads: [...before, ...beyond.map((pixels) => Math.max(0, pixels))],
    output_padding: beyond.map((pixels) => Math.max(0, -pixels)),
  });
}
