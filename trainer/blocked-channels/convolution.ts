/** Conv on blocked maps. */

import { type Window, windowOf } from '../autodiff/rules/windows.ts';
import { type Node, plainAttributes } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { depthwiseKernels, forwardKernels, type KernelDims } from './kernels.ts';

export type Shape4 = [n: number, c: number, h: number, w: number];

/** A Conv that the blocked operators cover. */
export type Convolution = Window & {
  /** One kernel a channel; otherwise every output reads all inputs. */
  depthwise: boolean;
  x: Shape4;
  w: KernelDims;
  y: Shape4;
};

/** The node as a convolution, or undefined where blocked operators do not cover it or would work mostly on padding. */
export function convolutionOf(b: BlockedGraph, node: Node): Convolution | undefined {
  const [x, w] = node.inputs;
  if (![x, w, node.outputs[0]].every((value) => b.isMap(value))) return undefined;
  const [xDims, wDims, yDims] = [
    b.dims(x) as Shape4,
    b.dims(w) as KernelDims,
    b.dims(node.outputs[0]) as Shape4,
  ];
  const { group = 1 } = plainAttributes<{ group: number }>(node);
  const depthwise = group > 1 && group === xDims[1] && group === yDims[1];
  if ((group > 1 && !depthwise) || yDims[1] < b.block) return undefined;
  return { ...windowOf(node, xDims, yDims, wDims.slice(2)), depthwise, x: xDims, w: wDims, y: yDims };
}

/** Appends the blocked form of a Conv; false where there is none. */
export function appendConvolution(b: BlockedGraph, node: Node): boolean {
  const convolution = convolutionOf(b, node);
  if (!convolution) return false;
  const [x, w, bias] = node.inputs;
  const { depthwise, kernel, strides, dilations, pads, w: dims } = convolution;
  const everyTap = Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => tap);
  const weights = depthwise
    ? depthwiseKernels(b, b.plain(w), dims, everyTap, kernel)
    : forwardKernels(b, b.plain(w), dims);
  // Images of fewer channels than a block are read in plain layout.
  const isPlain = !depthwise && convolution.x[1] < b.block;
  const inputs = [isPlain ? b.plain(x) : b.blocked(x), weights];
  if (bias) inputs.push(padVector(b, b.plain(bias), dims[0]));
  const group = depthwise ? b.roundUp(dims[0]) : 1;
  b.setBlocked(
    node.outputs[0],
    b.op('Conv', inputs, { kernel_shape: kernel, strides, dilations, pads, group }),
  );
  return true;
}

/** [channels] → whole blocks. */
export function padVector(b: BlockedGraph, vector: string, channels: number): string {
  const missing = b.roundUp(channels) - channels;
  return missing === 0 ? vector : b.g.op('Pad', [vector, b.g.ints([0, missing])]);
}
