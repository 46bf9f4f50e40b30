/** Pools over blocked maps, and the gradient of MaxPool. */
import { spaceWindowOf, type Window } from '../autodiff/rules/windows.ts';
import { type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { appendScaled } from './elementwise.ts';
import { moveRows, range } from './move-rows.ts';
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

/** Below every pixel, and such that differences to it can still be told. */
const LOWEST = -1e30;
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
  const { g } = b;
  const [n, channels, height, width] = b.dims(x);
  const [, , p, q] = b.dims(y);
  const phases = phasesOf(b, window, b.dims(x), b.dims(y));
  const [top, before] = window.pads;
  const pixels = aroundPixels(b, x, phases, [top, before]);

  const largest = appendScaled(b, b.blocked(y), channels, STEEP, 0);
  const taps = tapsOf(window);
  const parts: (Value | undefined)[] = new Array(phases.down * phases.across).fill(undefined);
  let left = b.blocked(dy);
  for (const [i, { phase, row, column, ...tap }] of taps.entries()) {
    const read = () => b.view(readTap(b, pixels, phases, tap, [p, q]), b.blockedDims(y));
    const others =
      i === taps.length - 1
        ? undefined
        : g.op('Mul', [left, appendScaled(b, read(), channels, -STEEP, 0, { added: largest, clip: [0, 1] })]);
    const own = others === undefined ? left : g.op('Sub', [left, others]);
    const beyond = [row, column, phases.h - p - row, phases.w - q - column];
    const placed = appendMargin(b, own, b.blockedDims(y), beyond);
    const sum = parts[phase];
    parts[phase] = sum === undefined ? placed : g.op('Add', [sum, placed]);
    left = others ?? left;
  }
  const whole = joinPhases(b, parts, phases, { top, left: before, height, width });
  b.setBlocked(dx, b.view(whole, [n, b.roundUp(channels), height, width]));
  return true;
}

/** x as [maps, rows and columns of all phases, block], with pixels around it that are never the largest. */
function aroundPixels(
  b: BlockedGraph,
  x: Value,
  { down, across, maps, h, w }: PhaseDims,
  [top, before]: [number, number],
): Value {
  const [, , height, width] = b.dims(x);
  const [below, behind] = [h * down - height - top, w * across - width - before];
  const pixels = b.view(b.blocked(x), [maps, height, width, b.block]);
  if (top + before + below + behind === 0) return pixels;
  return b.g.op('Pad', [pixels, b.g.ints([0, top, before, 0, 0, below, behind, 0]), b.g.floats(LOWEST)]);
}

/** What a tap reads for each of `size` windows. */
function readTap(
  b: BlockedGraph,
  pixels: Value,
  { down, across, maps, h, w }: PhaseDims,
  { r, s }: { r: number; s: number },
  [p, q]: [number, number],
): Value {
  const rows = { axis: 1, positions: range(p).map((i) => i * down + r) };
  const columns = { axis: 2, positions: range(q).map((i) => i * across + s) };
  return moveRows(b, pixels, [maps, h * down, w * across, b.block], [0, 1, 2, 3], rows, columns);
}

/** As many rows and columns as the windows reach, and as the map has with what stands before it. */
function phasesOf(b: BlockedGraph, { kernel, strides, pads }: Window, x: number[], y: number[]): PhaseDims {
  const [h, w] = [0, 1].map((axis) => {
    const reached = y[axis + 2] + Math.floor((kernel[axis] - 1) / strides[axis]);
    return Math.max(reached, Math.ceil((x[axis + 2] + pads[axis]) / strides[axis]));
  });
  return { down: strides[0], across: strides[1], maps: x[0] * (b.roundUp(x[1]) / b.block), h, w };
}

/** The taps row by row, with the phase, and its first row and column, of the pixels that they read. */
function tapsOf({ kernel: [rows, columns], strides: [down, across] }: Window) {
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
