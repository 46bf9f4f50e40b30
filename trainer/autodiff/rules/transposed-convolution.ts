/** The gradient of ConvTranspose. */
import { type Node, plainAttributes } from '../../onnx/graph.ts';
import type { Backward, Rule } from '../rule.ts';
import { Conv } from './convolution.ts';

type Attributes = {
  strides: number[];
  dilations: number[];
  pads: number[];
  output_padding: number[];
  auto_pad: string;
  output_shape: number[];
  group: number;
};

/**
 * y = Cᵀx + b, where C is the convolution by w [C, K/group, R, S], which leads from y's space to x's. So dx = C dy, and with
 * ⟨dy, Cᵀx⟩ = ⟨C dy, x⟩ the gradient of w is that of this very convolution of dy when x comes back to it.
 */
export const ConvTranspose: Rule = (backward) => {
  const { g, dy, dims, inputs, outputs, wants } = backward;
  const [x, w, b] = inputs;
  const dx = g.op('Conv', [dy, w], convolutionOf(backward));
  const forward = g.graph.nodes.at(-1) as Node;
  const shapes = new Map([
    [dy, dims(outputs[0])],
    [w, dims(w)],
    [dx, dims(x)],
  ]);
  const [, dw] = Conv({
    ...backward,
    node: forward,
    inputs: forward.inputs,
    outputs: [dx],
    dy: x,
    dys: [x],
    dims: (value) => shapes.get(value) as number[],
    wants: (input) => input === 1 && wants(1),
  });
  return [dx, dw, b && wants(2) ? g.reduce('ReduceSum', dy, [0, 2, 3], false) : undefined];
};

/** Attributes of the convolution C. */
function convolutionOf({ node, dims, inputs: [x, w], outputs: [y] }: Backward) {
  const { strides = [1, 1], dilations = [1, 1], group = 1 } = plainAttributes<Attributes>(node);
  const kernel = dims(w).slice(2);
  const covered = dims(x)
    .slice(2)
    .map((size, axis) => (size - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1);
  const cut = padsBefore(node, covered, dims(y).slice(2));
  const cutAfter = covered.map((size, axis) => Math.max(0, size - cut[axis] - dims(y)[axis + 2]));
  return { strides, dilations, group, kernel_shape: kernel, pads: [...cut, ...cutAfter] };
}

/** How much of the full result is cut off in front: given, or half of what is too much, the odd pixel by the mode. */
function padsBefore(node: Node, covered: number[], output: number[]): number[] {
  const settings = plainAttributes<Attributes>(node);
  const { auto_pad: mode = 'NOTSET', output_padding: added = [0, 0] } = settings;
  if (mode === 'VALID') return [0, 0];
  if (mode === 'NOTSET' && !settings.output_shape) return (settings.pads ?? [0, 0]).slice(0, 2);
  return covered.map((size, axis) => {
    const total = Math.max(0, size + added[axis] - output[axis]);
    return mode === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2);
  });
}
