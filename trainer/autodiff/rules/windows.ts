/** The geometry that convolutions and pools share: where a window's taps lie, with explicit or automatic padding. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, type Node, plainAttributes } from '../../onnx/graph.ts';

export type Window = {
  kernel: [number, number];
  strides: [number, number];
  dilations: [number, number];
  /** top, left, bottom, right, in pixels. */
  pads: [number, number, number, number];
};

type Pair = [number, number];

/**
 * The window of a Conv or a pool over [N, C, H, W], ONNX's defaults filled in.
 * @throws SinterError `unsupported` for other ranks and for ceil_mode.
 */
export function windowOf(node: Node, input: number[], output: number[], kernelShape: number[]): Window {
  const settings = plainAttributes<{
    strides: Pair;
    dilations: Pair;
    pads: Window['pads'];
    auto_pad: string;
    ceil_mode: number;
  }>(node);
  const {
    strides = [1, 1],
    dilations = [1, 1],
    pads = [0, 0, 0, 0],
    auto_pad: autoPad = 'NOTSET',
    ceil_mode: ceil = 0,
  } = settings;
  if (input.length !== 4)
    throw new SinterError(
      'unsupported',
      `${describeNode(node)}: gradients cover [N, C, H, W], got the shape [${input}].`,
    );
  if (ceil)
    throw new SinterError('unsupported', `${describeNode(node)}: gradients do not cover ceil_mode 1.`);
  const kernel = kernelShape as Pair;
  if (autoPad === 'NOTSET') return { kernel, strides, dilations, pads };
  if (autoPad === 'VALID') return { kernel, strides, dilations, pads: [0, 0, 0, 0] };
  const missing = [0, 1].map((axis) =>
    Math.max(
      0,
      (output[axis + 2] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1 - input[axis + 2],
    ),
  );
  const before = missing.map((total) =>
    autoPad === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2),
  );
  return {
    kernel,
    strides,
    dilations,
    pads: [before[0], before[1], missing[0] - before[0], missing[1] - before[1]],
  };
}

/** The taps of a window as offsets in pixels from its first one, row by row. */
export function tapsOf({ kernel, dilations }: Window): { y: number; x: number }[] {
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => ({
    y: Math.floor(tap / kernel[1]) * dilations[0],
    x: (tap % kernel[1]) * dilations[1],
  }));
}
