/** The gradient of Conv: of the image by a convolution backwards, of the weights by one matrix product a tap. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { Rule } from '../rule.ts';
import { tapsOf, type Window, windowOf } from './windows.ts';

type Shape4 = [number, number, number, number];
type Geometry = Window & { group: number; x: Shape4; w: Shape4; y: Shape4 };

/** y = x ∗ w + b with x [N, C, H, W], w [K, C/group, R, S], b [K]. */
export const Conv: Rule = ({ g, node, dy, dims, inputs: [x, w, b], outputs: [y], wants }) => {
  const [xDims, wDims, yDims] = [dims(x), dims(w), dims(y)] as Shape4[];
  const { group = 1 } = plainAttributes<{ group: number }>(node);
  const geometry = { ...windowOf(node, xDims, yDims, wDims.slice(2)), group, x: xDims, w: wDims, y: yDims };
  return [
    wants(0) ? imageGradient(g, dy, w, geometry) : undefined,
    wants(1) ? weightGradient(g, dy, x, geometry) : undefined,
    b && wants(2) ? g.reduce('ReduceSum', dy, [0, 2, 3], false) : undefined,
  ];
};

/** With stride 1 a convolution with the weights turned by 180° (faster), else the transposed convolution. */
function imageGradient(g: GraphBuilder, dy: Value, w: Value, geometry: Geometry): Value {
  const { kernel, strides, dilations, pads, group, x, y } = geometry;
  const reach = [0, 1].map((axis) => (kernel[axis] - 1) * dilations[axis]);
  const turnedPads = pads.map((pad, side) => reach[side % 2] - pad);
  if (strides.every((stride) => stride === 1) && turnedPads.every((pad) => pad >= 0))
    return g.op('Conv', [dy, turnWeights(g, w, geometry)], {
      pads: turnedPads,
      dilations,
      group,
      kernel_shape: kernel,
    });
  const outputPadding = [0, 1].map(
    (axis) =>
      x[axis + 2] - ((y[axis + 2] - 1) * strides[axis] + reach[axis] + 1 - pads[axis] - pads[axis + 2]),
  );
  const attributes = { strides, dilations, pads, group, kernel_shape: kernel, output_padding: outputPadding };
  return g.op('ConvTranspose', [dy, w], attributes);
}

/** [K, C/group, R, S] → [C, K/group, R, S], each kernel upside down and mirrored. */
function turnWeights(g: GraphBuilder, w: Value, { group, w: [k, c, r, s] }: Geometry): Value {
  const flipped = r * s === 1 ? w : g.slice(w, [-1, -1], [-r - 1, -s - 1], [2, 3], [-1, -1]);
  if (group === 1) return g.transpose(flipped, [1, 0, 2, 3]);
  const grouped = g.reshape(flipped, [group, k / group, c, r, s]);
  return g.reshape(g.transpose(grouped, [0, 2, 1, 3, 4]), [group * c, k / group, r, s]);
}

/**
 * dw[k, c, tap] = Σ over images and positions of dy[k, image, position] · x[c, image, position + tap]: with the channels
 * first, one matrix product a tap whose inner side runs over all positions of all images.
 */
function weightGradient(g: GraphBuilder, dy: Value, x: Value, geometry: Geometry): Value {
  const { w, group, y } = geometry;
  const [k, c, r, s] = w;
  const channelsFirst = (value: Value) => g.transpose(value, [1, 0, 2, 3]);
  const unitStride = geometry.strides.every((stride) => stride === 1);
  const cut = unitStride && !isMostlyPadding(geometry) ? contiguousTaps : stridedTaps;
  const { left, positions, taps } = cut(g, channelsFirst(dy), channelsFirst(x), geometry);
  const rows = g.reshape(left, [group, k / group, y[0] * positions]);
  const perTap = taps.map((tap) => {
    const columns = g.transpose(g.reshape(tap, [group, c, y[0] * positions]), [0, 2, 1]);
    return g.reshape(g.op('MatMul', [rows, columns]), [k, c, 1]);
  });
  return g.reshape(perTap.length === 1 ? perTap[0] : g.op('Concat', perTap, { axis: 2 }), [k, c, r, s]);
}

type Taps = { left: Value; positions: number; taps: Value[] };

/** Whether a row padded to its full width would be longer by more than a third: then copying pieces costs less than multiplying zeros. */
function isMostlyPadding({ pads, x: [, , , width], y: [, , , columns] }: Geometry): boolean {
  return (width + pads[1] + pads[3]) * 3 > columns * 4;
}

/**
 * With stride 1, dy [K, N, P, Q] is padded on the right to the width of the padded image; then a tap is one contiguous
 * piece of each flattened channel, and taking it is a plain copy. The columns that this adds meet zeros in dy.
 */
function contiguousTaps(g: GraphBuilder, dy: Value, x: Value, geometry: Geometry): Taps {
  const {
    pads,
    group,
    w,
    x: [n, , height, width],
    y: [, k, rows, columns],
  } = geometry;
  const offsets = tapsOf(geometry);
  const paddedWidth = width + pads[1] + pads[3];
  // The last tap reaches past the last row when it begins beyond its first column.
  const spareRows = paddedWidth > columns ? 1 : 0;
  const padded = pad(g, x, pads[0], pads[1], pads[2] + spareRows, pads[3]);
  const flat = g.reshape(padded, [group * w[1], n, (height + pads[0] + pads[2] + spareRows) * paddedWidth]);
  const positions = rows * paddedWidth;
  const left = g.reshape(pad(g, dy, 0, 0, 0, paddedWidth - columns), [k, n, positions]);
  const single = offsets.length === 1 && spareRows === 0;
  const taps = offsets.map(({ y, x: column }) => {
    const start = y * paddedWidth + column;
    return single ? flat : g.slice(flat, [start], [start + positions], [2]);
  });
  return { left, positions, taps };
}

/** Any stride: a tap is every stride-th pixel of the padded image [C, N, H, W]. */
function stridedTaps(g: GraphBuilder, dy: Value, x: Value, geometry: Geometry): Taps {
  const {
    pads,
    strides,
    y: [, , rows, columns],
  } = geometry;
  const padded = pad(g, x, ...pads);
  const taps = tapsOf(geometry).map(({ y, x: column }) => {
    const ends = [y + (rows - 1) * strides[0] + 1, column + (columns - 1) * strides[1] + 1];
    return g.slice(padded, [y, column], ends, [2, 3], strides);
  });
  return { left: dy, positions: rows * columns, taps };
}

function pad(g: GraphBuilder, x: Value, top: number, left: number, bottom: number, right: number): Value {
  if (top + left + bottom + right === 0) return x;
  return g.op('Pad', [x, g.ints([0, 0, top, left, 0, 0, bottom, right])]);
}
