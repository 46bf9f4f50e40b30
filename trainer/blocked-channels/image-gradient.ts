/** The gradient of Conv's image on blocked maps: convolutions of dy with the kernels turned round. */
import type { Value } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import type { Convolution } from './convolution.ts';
import { backwardKernels, depthwiseKernels, type Tap } from './kernels.ts';

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

/** dy → dx, both blocked; undefined where the phases do not come out as convolutions with zeros around dy. */
export function appendImageGradient(
  b: BlockedGraph,
  convolution: Convolution,
  dy: Value,
  w: Value,
): Value | undefined {
  const { strides, x } = convolution;
  if (x[1] < b.block) return undefined;
  const [rows, columns] = [phasesAlong(convolution, 0), phasesAlong(convolution, 1)];
  if (!rows || !columns) return undefined;
  const phase = (row: Phase, column: Phase) => appendPhase(b, convolution, dy, w, row, column);
  if (strides[0] * strides[1] === 1) return phase(rows[0], columns[0]);
  const [n, , height, width] = x;
  const [channelBlocks, h, v] = [
    b.roundUp(x[1]) / b.block,
    Math.ceil(height / strides[0]),
    Math.ceil(width / strides[1]),
  ];
  const apart = [n * channelBlocks, h, 1, v, 1, b.block];
  const zeros = () => b.g.op('Expand', [b.g.floats(0), b.g.ints(apart)]);
  const byRow = rows.map((row) => {
    const byColumn = columns.map((column) => {
      const made = phase(row, column);
      return made === undefined ? zeros() : b.view(made, apart);
    });
    return concat(b, byColumn, 4);
  });
  const whole = b.view(concat(b, byRow, 2), [n, b.roundUp(x[1]), h * strides[0], v * strides[1]]);
  return crop(b, whole, convolution);
}

function concat(b: BlockedGraph, values: Value[], axis: number): Value {
  return values.length === 1 ? values[0] : b.g.op('Concat', values, { axis });
}

/** Where the stride does not divide the size, the last phases are a row or column too long. */
function crop(
  b: BlockedGraph,
  whole: Value,
  { x: [n, channels, height, width], strides }: Convolution,
): Value {
  const [h, v] = [Math.ceil(height / strides[0]) * strides[0], Math.ceil(width / strides[1]) * strides[1]];
  if (h === height && v === width) return whole;
  const rows = b.view(whole, [n * (b.roundUp(channels) / b.block), h, v, b.block]);
  return b.view(b.g.slice(rows, [0, 0], [height, width], [1, 2]), [n, b.roundUp(channels), height, width]);
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
