/**
 * The gradient of Conv's weights on blocked maps. dw[k, c, tap] = Σ over images n and positions p of
 * dy[n, k, p] · x[n, c, p·stride + tap·dilation] is itself a convolution, of x with dy as its kernels, in which strides and
 * dilations have changed places. What stands for its channels, over which it sums in blocks, depends on the shape.
 */
import type { Value } from '../onnx/graph.ts';
import { elementCount } from '../onnx/tensor.ts';
import type { BlockedGraph } from './blocked-graph.ts';
import type { Convolution } from './convolution.ts';
import { padAxis } from './kernels.ts';
import { moveRows, range } from './move-rows.ts';
import { appendMargin } from './per-channel.ts';

/** With fewer images to a block most of what is multiplied would be filling. */
const LEAST_FILLED = 0.5;

/** A core's second-level cache, on the CPUs of these years. */
const CACHE_BYTES = 2 ** 20;

/**
 * dy, x → dw [K, C/group, R, S], plain. Takes `x` and `dy` of the old graph in whichever layout it wants.
 * @returns undefined where the shape does not suit.
 */
export function appendWeightGradient(
  b: BlockedGraph,
  convolution: Convolution,
  x: Value,
  dy: Value,
): Value | undefined {
  const {
    depthwise,
    kernel,
    pads,
    x: [n],
  } = convolution;
  if (depthwise) return channelByChannel(b, convolution, x, dy);
  if (kernel[0] * kernel[1] === 1 && pads.every((pad) => pad === 0))
    return overPositions(b, convolution, x, dy);
  return n / b.roundUp(n) < LEAST_FILLED ? undefined : overImages(b, convolution, x, dy);
}

/**
 * What stands for x: images of a batch become channels, and channels become columns. A row of each of `maps` images has
 * `width` channels of a pixel side by side, then those of the next pixel.
 */
type ByImages = { maps: number; width: number; image: Value };

/**
 * Images stand for channels, channels for columns; kernels are as large as dy, their columns `width` apart. All taps of all
 * channels come out beside each other, in rows so long that ONNX Runtime works on as many results at a time as it can.
 * Large kernels are cut into strips of rows, which stand for more channels: then four blocks of kernels of one strip, with
 * which it works at a time, stay in the cache.
 */
function overImages(b: BlockedGraph, convolution: Convolution, x: Value, dy: Value): Value {
  const { g, block } = b;
  const {
    kernel: [r, s],
    strides,
    dilations,
    x: [n, c],
    y: [, k, p, q],
  } = convolution;
  const [images, outputs] = [b.roundUp(n), b.roundUp(k)];
  const height = stripHeight(p, q, block);
  const strips = p / height;
  const { maps, width, image } = channelsAsColumns(b, convolution, x, height);

  const filled = padAxis(b, b.view(b.blocked(dy), [n, outputs * p * q]), 2, 0, images - n);
  const split = [images / block, block, outputs / block, strips, height * q, block];
  const kernels = b.view(moveRows(b, filled, split, [2, 0, 3, 4, 1, 5]), [
    outputs,
    images * strips,
    height,
    q,
  ]);
  const dw = b.op('Conv', [image, kernels], {
    kernel_shape: [height, q],
    strides: dilations,
    dilations: [strides[0], strides[1] * width],
  });
  // [maps, K/block, taps, width, block] → as one image whose pixels are inputs and taps.
  const byOutput = moveRows(b, dw, [maps, outputs / block, r * s, width, block], [1, 0, 3, 2, 4]);
  const filledUp = b.view(b.toPlain(b.view(byOutput, [1, outputs, maps * width * r * s, 1]), k), [
    k,
    maps * width,
    r,
    s,
  ]);
  return maps * width === c ? filledUp : g.slice(filledUp, [0], [c], [1]);
}

/** x as far as the kernels reach, in strips for `height` rows of dy each: the image that `overImages` convolves. */
function channelsAsColumns(b: BlockedGraph, convolution: Convolution, x: Value, height: number): ByImages {
  const { block } = b;
  const {
    kernel,
    strides,
    dilations,
    x: [n, c],
    y: [, , p],
  } = convolution;
  const { rows, columns, ...around } = reachOf(convolution);
  const pads = [around.top, around.left, around.bottom, around.right];
  // Taps that lie apart would leave gaps between what comes out side by side.
  const beside = dilations[1] === 1;
  const inBlocks = beside && c >= block;
  const [maps, width] = inBlocks ? [b.roundUp(c) / block, block] : beside ? [1, c] : [c, 1];
  const padded = inBlocks ? padBlocked(b, convolution, x, pads) : padPlain(b, x, pads);
  const filling = b.roundUp(n) / block;
  const split = [filling, inBlocks ? maps : c, rows, inBlocks ? columns * block : columns, block];
  const byImages = b.toBlocked(b.view(padded, [1, n, elementCount(split.slice(1, 4)), 1]));

  const strips = p / height;
  const reach = (height - 1) * strides[0] + (kernel[0] - 1) * dilations[0] + 1;
  const ofStrips = range(strips * reach).map(
    (i) => Math.floor(i / reach) * height * strides[0] + (i % reach),
  );
  const channelsLast = beside && !inBlocks;
  const perm = channelsLast ? [0, 2, 3, 1, 4] : filling === 1 ? [0, 1, 2, 3, 4] : [1, 0, 2, 3, 4];
  const picked = strips === 1 ? [] : [{ axis: 2, positions: ofStrips }];
  const image = moveRows(b, byImages, split, perm, ...picked);
  return {
    maps,
    width,
    image: b.view(image, [maps, b.roundUp(n) * strips, reach, columns * width]),
  };
}

/** x in plain layout with zeros around it: top, left, bottom, right; less than zero are cut off. */
function padPlain(b: BlockedGraph, x: Value, pads: number[]): Value {
  if (isNone(pads)) return b.plain(x);
  const [top, left, bottom, right] = pads;
  return b.g.op('Pad', [b.plain(x), b.g.ints([0, 0, top, left, 0, 0, bottom, right])]);
}

/** The same in blocked layout. */
function padBlocked(b: BlockedGraph, { x: dims }: Convolution, x: Value, pads: number[]): Value {
  if (pads.every((pad) => pad >= 0)) return appendMargin(b, b.blocked(x), dims, pads);
  const [n, c, height, width] = dims;
  const [top, left, bottom, right] = pads;
  const pixels = b.view(b.blocked(x), [(n * b.roundUp(c)) / b.block, height, width, b.block]);
  return b.g.op('Pad', [pixels, b.g.ints([0, top, left, 0, 0, bottom, right, 0])]);
}

/** The most rows, dividing `p`, with which four blocks of kernels of `q` columns fit into a core's cache. */
function stripHeight(p: number, q: number, block: number): number {
  const fits = (height: number) => height * q * block * 4 * block * 4 <= CACHE_BYTES / 2;
  const heights = Array.from({ length: p }, (_, i) => p - i).filter((height) => p % height === 0);
  return heights.find(fits) ?? 1;
}

/** 1×1: the positions of all images stand for channels, and channels for pixels; a matrix product in the form of a convolution. */
function overPositions(
  b: BlockedGraph,
  { x: xDims, y: yDims, strides }: Convolution,
  x: Value,
  dy: Value,
): Value {
  const { g, block } = b;
  const [n, c, height, width] = xDims;
  const [, k, p, q] = yDims;
  const positions = n * p * q;
  const missing = b.roundUp(positions) - positions;
  const pixels =
    strides[0] * strides[1] === 1
      ? b.op('ReorderOutput', [b.blocked(x)], { channels: c, channels_last: 1 })
      : g.transpose(g.slice(b.plain(x), [0, 0], [height, width], [2, 3], strides), [0, 2, 3, 1]);
  const rows = padAxis(b, b.view(pixels, [positions, c]), 2, 0, missing);
  const image = b.toBlocked(b.view(rows, [1, positions + missing, c, 1]));
  const outputs = b.roundUp(k);
  const byOutput = moveRows(b, b.blocked(dy), [n, outputs / block, p * q * block], [1, 0, 2]);
  const filled = padAxis(b, b.view(byOutput, [outputs / block, positions, block]), 3, 1, missing);
  const kernels = b.view(filled, [outputs, positions + missing, 1, 1]);
  const dw = b.op('Conv', [image, kernels], { kernel_shape: [1, 1] });
  return b.view(b.toPlain(dw, k), [k, c, 1, 1]);
}

/** Depthwise: every channel of every image is a convolution of its own; images are summed afterwards. */
function channelByChannel(b: BlockedGraph, convolution: Convolution, x: Value, dy: Value): Value {
  const { g } = b;
  const {
    kernel: [r, s],
    strides,
    dilations,
    x: [n, c],
    y: [, , p, q],
  } = convolution;
  const { top, left, bottom, right, rows, columns } = reachOf(convolution);
  const channels = n * b.roundUp(c);
  const pads = [top, left, bottom, right];
  const image = b.view(padBlocked(b, convolution, x, pads), [1, channels, rows, columns]);
  const kernels = b.view(b.blocked(dy), [channels, 1, p, q]);
  const perImage = b.op('Conv', [image, kernels], {
    kernel_shape: [p, q],
    strides: dilations,
    dilations: strides,
    group: channels,
  });
  const sum = g.reduce('ReduceSum', b.view(perImage, [n, b.roundUp(c) * r * s]), [0], false);
  return b.view(b.toPlain(b.view(sum, [1, b.roundUp(c), r * s, 1]), c), [c, 1, r, s]);
}

/** The image as far as the kernels reach: what is to be put around it, less than zero where it is cut off, and its size then. */
function reachOf({ kernel, strides, dilations, pads, x, y }: Convolution) {
  const along = (axis: 0 | 1) => (y[axis + 2] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
  const [rows, columns] = [along(0), along(1)];
  const [top, left] = pads;
  return { top, left, bottom: rows - x[2] - top, right: columns - x[3] - left, rows, columns };
}

function isNone(pads: number[]): boolean {
  return pads.every((pad) => pad === 0);
}
