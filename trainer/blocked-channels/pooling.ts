/** Pools over blocked maps, and the gradient of MaxPool. */
import { spaceWindowOf, type Window } from '../autodiff/rules/windows.ts';
import { type Node, plainAttributes, type Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import { appendScaled } from './elementwise.ts';
import { joinPhases, type PhaseDims, separatePhases } from './phases.ts';

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
  const { g, block } = b;
  const [n, channels, height, width] = b.dims(x);
  const [, , p, q] = b.dims(y);
  const phases = phasesOf(b, window, b.dims(x), b.dims(y));
  const around = [window.pads[0], window.pads[1]];
  around.push(phases.h * phases.down - height - around[0], phases.w * phases.across - width - around[1]);
  const pixels = b.view(b.blocked(x), [phases.maps, height, width, block]);
  const apart = separatePhases(b, padSpace(b, pixels, around, LOWEST), phases);

  const largest = appendScaled(b, b.blocked(y), channels, STEEP, 0);
  const taps = tapsOf(window);
  const parts: (Value | undefined)[] = new Array(phases.down * phases.across).fill(undefined);
  let left = b.blocked(dy);
  for (const [i, { phase, row, column }] of taps.entries()) {
    const ends = [phase + 1, row + p, column + q];
    const tap = b.view(g.slice(apart, [phase, row, column], ends, [0, 2, 3]), b.blockedDims(y));
    const others =
      i === taps.length - 1
        ? undefined
        : g.op('Mul', [left, appendScaled(b, tap, channels, -STEEP, 0, { added: largest, clip: [0, 1] })]);
    const own = others === undefined ? left : g.op('Sub', [left, others]);
    const beyond = [row, column, phases.h - p - row, phases.w - q - column];
    const placed = padSpace(b, b.view(own, [phases.maps, p, q, block]), beyond, 0);
    const before = parts[phase];
    parts[phase] = before === undefined ? placed : g.op('Add', [before, placed]);
    left = others ?? left;
  }
  const whole = padSpace(
    b,
    joinPhases(b, parts, phases),
    around.map((pad) => -pad),
    0,
  );
  b.setBlocked(dx, b.view(whole, [n, b.roundUp(channels), height, width]));
  return true;
}

function phasesOf(b: BlockedGraph, { kernel, strides }: Window, x: number[], y: number[]): PhaseDims {
  const [h, w] = [0, 1].map((axis) => y[axis + 2] + Math.floor((kernel[axis] - 1) / strides[axis]));
  return { down: strides[0], across: strides[1], maps: x[0] * (b.roundUp(x[1]) / b.block), h, w };
}

/** The taps row by row: in which phase, and from which of its rows and columns on, the pixels lie that they read. */
function tapsOf({ kernel: [rows, columns], strides: [down, across] }: Window) {
  return Array.from({ length: rows * columns }, (_, tap) => {
    const [r, s] = [Math.floor(tap / columns), tap % columns];
    return {
      phase: (r % down) * across + (s % across),
      row: Math.floor(r / down),
      column: Math.floor(s / across),
    };
  });
}

/** [maps, H, W, block] with rows and columns around it: top, left, bottom, right; less than zero are cut off. */
function padSpace(b: BlockedGraph, x: Value, [top, left, bottom, right]: number[], value: number): Value {
  if (top === 0 && left === 0 && bottom === 0 && right === 0) return x;
  return b.g.op('Pad', [x, b.g.ints([0, top, left, 0, 0, bottom, right, 0]), b.g.floats(value)]);
}
