/**
 * Weights of convolutions as the blocked convolutions read them. ONNX Runtime arranges weights once, when they are
 * constants; in training they change with every step, so these nodes arrange them anew, which is little beside a convolution.
 */
import type { Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { moveRows } from './move-rows.ts';

/** Sizes of weights: outputs, inputs of a group, rows, columns. */
export type KernelDims = [k: number, c: number, r: number, s: number];

/** A tap of a kernel by its place, row by row. */
export type Tap = number;

/**
 * [K, C, R, S] → memory order [K/block, C/block, R, S, block of C, block of K] for maps of C channels; for images of fewer
 * channels than a block, which stay plain, [K/block, C, R, S, block of K]. Missing channels are zeros.
 */
export function forwardKernels(b: BlockedGraph, w: Value, [k, c, r, s]: KernelDims): Value {
  const { block } = b;
  const inputs = c < block ? c : b.roundUp(c);
  const padded = padAxis(b, w, 4, 1, inputs - c);
  // As an image of K channels whose pixels are the inputs and taps.
  const outer = b.toBlocked(b.view(padded, [1, k, inputs * r * s, 1]));
  const dims = [b.roundUp(k), inputs, r, s];
  if (c < block || r * s === 1) return b.view(outer, dims);
  const split = [b.roundUp(k) / block, inputs / block, block, r * s, block];
  return b.view(moveRows(b, outer, split, [0, 1, 3, 2, 4]), dims);
}

/**
 * [K, C, R, S] → the weights of the convolution backwards, from K channels to C: memory order
 * [C/block, K/block, taps, block of K, block of C], the given taps in the given order as kernels of `rows` × `columns`.
 */
export function backwardKernels(
  b: BlockedGraph,
  w: Value,
  [k, c, r, s]: KernelDims,
  taps: Tap[],
  [rows, columns]: [number, number],
): Value {
  const { block } = b;
  const [outputs, inputs] = [b.roundUp(c), b.roundUp(k)];
  // As K images of C channels whose pixels are the taps.
  const inner = padAxis(b, b.toBlocked(b.view(w, [k, c, r * s, 1])), 4, 0, inputs - k);
  const split = [inputs / block, block, outputs / block, r * s, block];
  const picked = { axis: 3, positions: taps };
  return b.view(moveRows(b, inner, split, [2, 0, 3, 1, 4], picked), [outputs, inputs, rows, columns]);
}

/** [C, 1, R, S] → memory order [C/block, taps, block]: one kernel a channel, the given taps in the given order. */
export function depthwiseKernels(
  b: BlockedGraph,
  w: Value,
  [k, , r, s]: KernelDims,
  taps: Tap[],
  [rows, columns]: [number, number],
): Value {
  const all = b.toBlocked(b.view(w, [1, k, r * s, 1]));
  const split = [b.roundUp(k) / b.block, r * s, b.block];
  return b.view(moveRows(b, all, split, [0, 1, 2], { axis: 1, positions: taps }), [
    b.roundUp(k),
    1,
    rows,
    columns,
  ]);
}

/** Adds `count` zeros behind the elements of an axis. */
export function padAxis(b: BlockedGraph, x: Value, rank: number, axis: number, count: number): Value {
  if (count === 0) return x;
  const pads = new Array(rank * 2).fill(0);
  pads[rank + axis] = count;
  return b.g.op('Pad', [x, b.g.ints(pads)]);
}
