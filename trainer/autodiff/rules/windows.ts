/** The geometry that convolutions and pools share: where a window's taps lie, with explicit or automatic padding. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, type Node, plainAttributes } from '../../onnx/graph.ts';

/** A window over the axes of space, of which images have two; in pixels, an entry an axis. */
export type SpaceWindow = {
  kernel: number[];
  strides: number[];
  dilations: number[];
  /** Before the first pixel of every axis, then behind the last one. */
  pads: number[];
};

/** A window over rows and columns. */
export type Window = {
  kernel: [number, number];
  strides: [number, number];
  dilations: [number, number];
  /** top, left, bottom, right. */
  pads: [number, number, number, number];
};

/**
 * The window of a Conv over [N, C, H, W], ONNX's defaults filled in.
 * @throws SinterError `unsupported` for other ranks.
 */
export function windowOf(node: Node, input: number[], output: number[], kernelShape: number[]): Window {
  if (input.length === 4) return spaceWindowOf(node, input, output, kernelShape) as Window;
  throw new SinterError(
    'unsupported',
    `${describeNode(node)}: gradients cover [N, C, H, W], got the shape [${input}].`,
  );
}

/** The window of a Conv or a pool over [N, C, ...], ONNX's defaults filled in. */
export function spaceWindowOf(node: Node, input: number[], output: number[], kernel: number[]): SpaceWindow {
  const settings = plainAttributes<SpaceWindow & { auto_pad: string }>(node);
  const each = (value: number) => kernel.map(() => value);
  const { strides = each(1), dilations = each(1), auto_pad: mode = 'NOTSET' } = settings;
  const none = [...each(0), ...each(0)];
  if (mode === 'NOTSET') return { kernel, strides, dilations, pads: settings.pads ?? none };
  if (mode === 'VALID') return { kernel, strides, dilations, pads: none };
  const missing = kernel.map((size, axis) => {
    const covered = (output[axis + 2] - 1) * strides[axis] + (size - 1) * dilations[axis] + 1;
    return Math.max(0, covered - input[axis + 2]);
  });
  const before = missing.map((total) =>
    mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2),
  );
  const after = missing.map((total, axis) => total - before[axis]);
  return { kernel, strides, dilations, pads: [...before, ...after] };
}

/** The taps of a window as offsets in pixels from its first one, row by row. */
export function tapsOf({ kernel, dilations }: Window): { y: number; x: number }[] {
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap) => ({
    y: Math.floor(tap / kernel[1]) * dilations[0],
    x: (tap % kernel[1]) * dilations[1],
  }));
}
