/** What is done to every channel of a blocked map by numbers of its own, and sums over channels, each in one pass over the map. */
import type { Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';

/** factor·x + offset (+ a map) per channel: a depthwise 1×1 convolution. `factor` and `offset` are vectors of whole blocks. */
export function appendAffine(
  b: BlockedGraph,
  x: Value,
  factor: Value,
  offset: Value | undefined,
  channels: number,
  added?: Value,
): Value {
  const size = b.roundUp(channels);
  const inputs = [x, b.g.reshape(factor, [size, 1, 1, 1]), offset ?? '', added ?? ''];
  return b.op('Conv', inputs.slice(0, added ? 4 : offset ? 3 : 2), { kernel_shape: [1, 1], group: size });
}

/**
 * A blocked map of the shape `dims` with zeros around it, top, left, bottom, right (+ a map): ONNX Runtime's Pad works on one
 * thread, this on all.
 */
export function appendMargin(
  b: BlockedGraph,
  x: Value,
  dims: number[],
  pads: number[],
  added?: Value,
): Value {
  const size = b.roundUp(dims[1]);
  const map = b.view(x, [dims[0], size, dims[2], dims[3]]);
  if (pads.every((pad) => pad === 0)) return added === undefined ? x : b.g.op('Add', [map, added]);
  const inputs = [map, b.g.floats(new Array(size).fill(1), [size, 1, 1, 1])];
  if (added !== undefined) inputs.push('', added);
  return b.op('Conv', inputs, { kernel_shape: [1, 1], group: size, pads });
}

/** The mean over images and pixels, [channels in whole blocks]. */
export function appendMean(b: BlockedGraph, x: Value, [n, channels]: number[]): Value {
  const perImage = b.g.reshape(b.op('GlobalAveragePool', [x]), [n, b.roundUp(channels)]);
  return b.g.reduce('ReduceMean', perImage, [0], false);
}

/**
 * The mean of x·y over images and pixels, [channels in whole blocks]: a depthwise convolution of each channel of each
 * image with kernels as large as the map. The products are never stored.
 */
export function appendMeanProduct(
  b: BlockedGraph,
  x: Value,
  y: Value,
  [n, channels, height, width]: number[],
): Value {
  const all = n * b.roundUp(channels);
  const inputs = [b.view(x, [1, all, height, width]), b.view(y, [all, 1, height, width])];
  const sums = b.op('Conv', inputs, { kernel_shape: [height, width], group: all });
  const total = b.g.reduce('ReduceSum', b.g.reshape(sums, [n, b.roundUp(channels)]), [0], false);
  return b.g.op('Mul', [total, b.g.floats(1 / (n * height * width))]);
}
