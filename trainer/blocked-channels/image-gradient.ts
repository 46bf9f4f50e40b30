/** The gradient of Conv's image on blocked maps: convolutions of dy with the kernels turned round. */
import type { Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import type { Convolution } from './convolution.ts';
import { backwardKernels, depthwiseKernels, type Tap } from './kernels.ts';
import { joinPhases } from './phases.ts';

/**
 * With a stride of s, pixels whose coordinates leave the same remainder by s (a phase) are reached by the same taps, each
 * s-th of the kernel. So a phase is a convolution of stride 1 of its own with these taps, and the phases lie interleaved.
 */
type Phase = {
  /** Taps along an axis in the order in which they meet dy: the last one first. */
  taps: Tap[];
  /** Zeros before and behind dy along the axis. */
  before: number;
  behind: number;
};

/** dy → dx, both blocked; undefined where there is no such form. */
export function appendImageGradient(
  b: BlockedGraph,
  convolution: Convolution,
  dy: Value,
  w: Value,
): Value | undefined {
  const { depthwise, strides, x } = convolution;
  if (x[1] < b.block) return undefined;
  // Depthwise, multiplying zeros costs less than putting phases together.
  if (depthwise && strides[0] * strides[1] > 1) return acrossZeros(b, convolution, dy, w);
  const [rows, columns] = [phasesAlong(convolution, 0), phasesAlong(convolution, 1)];
  if (!rows || !columns) return undefined;
  const phases = rows.flatMap((row) =>
    columns.map((column) => appendPhase(b, convolution, dy, w, row, column)),
  );
  return phases.length === 1 ? phases[0] : interleave(b, convolution, phases);
}

/** Puts phases, those of a row one after the other, between each other; undefined ones are zeros. */
function interleave(
  b: BlockedGraph,
  { strides: [down, across], x: [n, channels, height, width] }: Convolution,
  phases: (Value | undefined)[],
): Value {
  const [h, w] = [Math.ceil(height / down), Math.ceil(width / across)];
  const maps = n * (b.roundUp(channels) / b.block);
  // Where the stride does not divide the size, the last phases are a row or column too long.
  const pixels = joinPhases(b, phases, { down, across, maps, h, w }, { top: 0, left: 0, height, width });
  return b.view(pixels, [n, b.roundUp(channels), height, width]);
}

/** Puts zeros between the elements of dy and convolves the whole. */
function acrossZeros(b: BlockedGraph, convolution: Convolution, dy: Value, w: Value): Value | undefined {
  const { kernel, strides, dilations, pads, x, y, w: dims } = convolution;
  const [n, , p, q] = y;
  const channels = b.roundUp(x[1]);
  const reach = [0, 1].map((axis) => (kernel[axis] - 1) * dilations[axis]);
  const before = [0, 1].map((axis) => reach[axis] - pads[axis]);
  const behind = [0, 1].map((axis) => x[axis + 2] - y[axis + 2] * strides[axis] - before[axis] + reach[axis]);
  if ([...before, ...behind].some((pad) => pad < 0)) return undefined;
  const apart = b.view(dy, [n * (channels / b.block), p, 1, q, 1, b.block]);
  const spread = b.g.op('Pad', [
    apart,
    b.g.ints([0, 0, 0, 0, 0, 0, ...[0, 0, strides[0] - 1, 0, strides[1] - 1, 0]]),
  ]);
  const taps = Array.from({ length: kernel[0] * kernel[1] }, (_, i) => i).reverse();
  return b.op(
    'Conv',
    [
      b.view(spread, [n, channels, p * strides[0], q * strides[1]]),
      depthwiseKernels(b, w, dims, taps, kernel),
    ],
    { kernel_shape: kernel, dilations, pads: [...before, ...behind], group: channels },
  );
}

/** The phases along an axis; undefined where one would need dy cut off, or where taps lie apart and strides skip some. */
function phasesAlong(convolution: Convolution, axis: 0 | 1): Phase[] | undefined {
  const { kernel, dilations, pads, x, y } = convolution;
  const [stride, dilation] = [convolution.strides[axis], dilations[axis]];
  if (stride > 1 && dilation > 1) return undefined;
  const outputs = Math.ceil(x[axis + 2] / stride);
  const phases = Array.from({ length: stride }, (_, offset): Phase => {
    const first = (offset + pads[axis]) % stride;
    const count = Math.max(0, Math.ceil((kernel[axis] - first) / stride));
    const taps = Array.from({ length: count }, (_, i) => first + (count - 1 - i) * stride);
    // Pixel i of the phase meets dy at i + reach − j·dilation with its tap j.
    const reach = (offset + pads[axis] - first) / stride;
    const before = (count - 1) * dilation - reach;
    return { taps, before, behind: outputs - 1 + reach - (y[axis + 2] - 1) };
  });
  return phases.every(({ taps, before, behind }) => taps.length === 0 || (before >= 0 && behind >= 0))
    ? phases
    : undefined;
}

/** One phase of dx, or undefined where no tap reaches it. */
function appendPhase(
  b: BlockedGraph,
  convolution: Convolution,
  dy: Value,
  w: Value,
  row: Phase,
  column: Phase,
): Value | undefined {
  const { depthwise, kernel, dilations, x, w: dims } = convolution;
  const shape: [number, number] = [row.taps.length, column.taps.length];
  if (shape.includes(0)) return undefined;
  const taps = row.taps.flatMap((r) => column.taps.map((s) => r * kernel[1] + s));
  const weights = (depthwise ? depthwiseKernels : backwardKernels)(b, w, dims, taps, shape);
  return b.op('Conv', [dy, weights], {
    kernel_shape: shape,
    dilations,
    pads: [row.before, column.before, row.behind, column.behind],
    strides: [1, 1],
    group: depthwise ? b.roundUp(x[1]) : 1,
  });
}
