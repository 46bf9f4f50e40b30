/** Pools over blocked maps, and the gradient of MaxPool. */
import { spaceWindowOf, type Window } from '../autodiff/rules/windows.ts';
import { type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import { floats } from '../onnx/tensor.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { activate, appendScaled } from './elementwise.ts';
import { range } from './move-rows.ts';
import { appendMargin } from './per-channel.ts';
import { joinPhases, type PhaseDims } from './phases.ts';

/** GlobalAveragePool of a blocked map; false where its input is not blocked. */
export function appendGlobalAverage(b: BlockedGraph, node: Node): boolean {
  const [x] = node.inputs;
  if (!b.isBlocked(x)) return false;
  b.setBlocked(node.outputs[0], b.op('GlobalAveragePool', [b.blocked(x)]));
  return true;
}

/** MaxPool of a blocked map. Where indices are asked for, the plain node stays beside it to make them for who needs them. */
export function appendMaxPool(b: BlockedGraph, node: Node): boolean {
  const window = maxPoolOf(b, node);
  if (!window) return false;
  const [y, indices] = node.outputs;
  const [x] = node.inputs;
  const { kernel, strides, pads } = window;
  b.setBlocked(y, b.op('MaxPool', [b.blocked(x)], { kernel_shape: kernel, strides, pads }));
  if (indices) b.keep({ ...node, outputs: [b.g.fresh('unused'), indices] });
  return true;
}

/** The window of a MaxPool of a blocked map; undefined for dilated ones and for ceil_mode. */
function maxPoolOf(b: BlockedGraph, node: Node): Window | undefined {
  const [x, y] = [node.inputs[0], node.outputs[0]];
  const settings = plainAttributes<{ kernel_shape: number[]; ceil_mode: number }>(node);
  if (!b.isMap(x) || !b.isBlocked(x) || settings.ceil_mode) return undefined;
  const window = spaceWindowOf(node, b.dims(x), b.dims(y), settings.kernel_shape as number[]) as Window;
  return window.dilations.every((dilation) => dilation === 1) ? window : undefined;
}

/** Differences between pixels of at least 1/STEEP are told from none; so are all of pixels from 1e-20 to 1e8. */
const STEEP = 1e30;

/**
 * Each dy goes to the first of its window's largest pixels: tap by tap, what is left of dy is kept where the pixel is less
 * than the largest, and the rest is the tap's.
 */
export function appendMaxPoolGradient(
  b: BlockedGraph,
  node: Node,
  dy: Value,
  [dx]: (Value | undefined)[],
): boolean {
  const window = maxPoolOf(b, node);
  const [x, y] = [node.inputs[0], node.outputs[0]];
  if (!dx || !window || !b.isBlocked(y)) return false;
  const [n, channels, height, width] = b.dims(x);
  const [, , p, q] = b.dims(y);
  const phases = phasesOf(b, window, b.dims(x), b.dims(y));
  const parts: (Value | undefined)[] = new Array(phases.down * phases.across).fill(undefined);
  const taps = tapsOf(window);
  let left = b.blocked(dy);
  for (const [i, tap] of taps.entries()) {
    const others =
      i === taps.length - 1 ? undefined : b.g.op('Mul', [left, appendIsLess(b, x, y, window, tap)]);
    const own = others === undefined ? left : b.g.op('Sub', [left, others]);
    const { phase, row, column } = tap;
    const around = [row, column, phases.h - p - row, phases.w - q - column];
    parts[phase] = appendMargin(b, own, b.blockedDims(y), around, parts[phase]);
    left = others ?? left;
  }
  const [top, before] = window.pads;
  const whole = joinPhases(b, parts, phases, { top, left: before, height, width });
  b.setBlocked(dx, b.view(whole, [n, b.roundUp(channels), height, width]));
  return true;
}

/**
 * 1 where the pixel that a tap reads is less than its window's largest, and where it reads none; else 0. One convolution
 * with a kernel that is zero but for the tap, to which the largest are added; these are made for each tap anew, so that it
 * adds to them in place.
 */
function appendIsLess(b: BlockedGraph, x: Value, y: Value, window: Window, tap: Tap): Value {
  const { kernel, strides, pads } = window;
  const channels = b.dims(x)[1];
  const size = b.roundUp(channels);
  const largest = appendBeside(b, x, y, window, tap, appendScaled(b, b.blocked(y), channels, STEEP, 0));
  const kernels = b.constantOnce(JSON.stringify([kernel, tap.r, tap.s, size]), () => {
    const taps = range(kernel[0] * kernel[1]).map((i) => (i === tap.r * kernel[1] + tap.s ? -STEEP : 0));
    const ofBlock = taps.flatMap((weight) => new Array(b.block).fill(weight));
    return floats(
      range(size / b.block).flatMap(() => ofBlock),
      [size, 1, ...kernel],
    );
  });
  const less = b.op('Conv', [b.blocked(x), kernels, '', largest], {
    ...{ kernel_shape: kernel, strides, pads, group: size },
  });
  activate(b.g.graph.nodes.at(-1) as Node, 'Clip', [0, 1]);
  return less;
}

/** The largest, and infinity where the tap reads beside x: a convolution takes for zero what lies there. */
function appendBeside(
  b: BlockedGraph,
  x: Value,
  y: Value,
  { strides, pads }: Window,
  { r, s }: Tap,
  largest: Value,
): Value {
  const [, , ...space] = b.dims(x);
  const [rows, columns] = [r, s].map((first, axis) =>
    range(b.dims(y)[axis + 2]).map((i) => {
      const at = i * strides[axis] + first - pads[axis];
      return at < 0 || at >= space[axis];
    }),
  ) as [boolean[], boolean[]];
  if (![...rows, ...columns].includes(true)) return largest;
  const beside = b.constantOnce(JSON.stringify([rows, columns]), () => {
    const pixels = rows.flatMap((row) => columns.map((column) => (row || column ? Infinity : 0)));
    return floats(
      pixels.flatMap((value) => new Array(b.block).fill(value)),
      [pixels.length * b.block],
    );
  });
  const whole = b.g.op('Add', [b.view(largest, [-1, rows.length * columns.length * b.block]), beside]);
  return b.view(whole, b.blockedDims(y));
}

/** As many rows and columns as the windows reach, and as the map has with what stands before it. */
function phasesOf(b: BlockedGraph, { kernel, strides, pads }: Window, x: number[], y: number[]): PhaseDims {
  const [h, w] = [0, 1].map((axis) => {
    const reached = y[axis + 2] + Math.floor((kernel[axis] - 1) / strides[axis]);
    return Math.max(reached, Math.ceil((x[axis + 2] + pads[axis]) / strides[axis]));
  });
  return { down: strides[0], across: strides[1], maps: x[0] * (b.roundUp(x[1]) / b.block), h, w };
}

/** A tap by row and column, with the phase, and its first row and column, of the pixels that it reads. */
type Tap = { r: number; s: number; phase: number; row: number; column: number };

/** Row by row. */
function tapsOf({ kernel: [rows, columns], strides: [down, across] }: Window): Tap[] {
  return Array.from({ length: rows * columns }, (_, tap) => {
    const [r, s] = [Math.floor(tap / columns), tap % columns];
    return {
      r,
      s,
      phase: (r % down) * across + (s % across),
      row: Math.floor(r / down),
      column: Math.floor(s / across),
    };
  });
}
