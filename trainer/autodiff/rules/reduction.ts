/** Gradients of reductions over axes: dy is repeated along them and weighted by what each element did to the result. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import { DTYPE_CODES, elementCount } from '../../onnx/tensor.ts';
import type { Backward, Rule } from '../rule.ts';
import { fixedInput } from './fixed-input.ts';

export const ReduceSum: Rule = (backward) => [spread(backward, kept(backward, backward.dy))];

export const ReduceMean: Rule = (backward) => {
  const { g, dy, dims, inputs, outputs } = backward;
  const count = elementCount(dims(inputs[0])) / elementCount(dims(outputs[0]));
  return [spread(backward, kept(backward, g.op('Mul', [dy, g.floats(1 / count)])))];
};

/** The gradient goes to the largest element; elements that tie share it evenly, as in PyTorch's amax. */
export const ReduceMax: Rule = (backward) => {
  const { g, dy, inputs, outputs } = backward;
  const axes = [...reducedAxes(backward)];
  if (axes.length === 0) return [dy];
  const isLargest = g.op('Equal', [inputs[0], kept(backward, outputs[0])]);
  const chosen = g.op('Cast', [isLargest], { to: DTYPE_CODES.float32 });
  const ties = g.reduce('ReduceSum', chosen, axes, true);
  return [g.op('Mul', [g.op('Div', [kept(backward, dy), ties]), chosen])];
};

export const ReduceMin = ReduceMax;

/** y = Σ |x|: the slope is the sign. */
export const ReduceL1: Rule = (backward) => {
  const { g, dy, inputs } = backward;
  return [g.op('Mul', [kept(backward, dy), g.op('Sign', [inputs[0]])])];
};

/** y = √Σ x²: dx = dy·x/y; 0 where all x are 0, as in PyTorch. */
export const ReduceL2: Rule = (backward) => {
  const { g, dy, inputs, outputs } = backward;
  const length = g.op('Max', [outputs[0], g.floats(SMALLEST)]);
  return [g.op('Mul', [kept(backward, g.op('Div', [dy, length])), inputs[0]])];
};

/** The smallest normal float32: what is divided by it stays 0 if it was. */
const SMALLEST = 2 ** -126;

/** y = Σ x². */
export const ReduceSumSquare: Rule = (backward) => {
  const { g, dy, inputs } = backward;
  return [g.op('Mul', [kept(backward, g.op('Mul', [dy, g.floats(2)])), inputs[0]])];
};

/** y = log Σ x. */
export const ReduceLogSum: Rule = (backward) => {
  const { g, dy, outputs } = backward;
  return [spread(backward, kept(backward, g.op('Div', [dy, g.op('Exp', outputs)])))];
};

/** y = log Σ eˣ: dx = dy·eˣ⁻ʸ, which is the softmax. */
export const ReduceLogSumExp: Rule = (backward) => {
  const { g, dy, inputs, outputs } = backward;
  const shares = g.op('Exp', [g.op('Sub', [inputs[0], kept(backward, outputs[0])])]);
  return [g.op('Mul', [kept(backward, dy), shares])];
};

/** A running sum runs the other way backwards. */
export const CumSum: Rule = ({ g, node, dy, inputs: [, axis] }) => {
  const { exclusive = 0, reverse = 0 } = plainAttributes<{ exclusive: number; reverse: number }>(node);
  return [g.op('CumSum', [dy, axis], { exclusive, reverse: 1 - reverse })];
};

/** A value of the output's shape with the reduced axes put back in, of size 1. */
function kept(backward: Backward, value: Value): Value {
  const { g, dims, inputs, outputs } = backward;
  const axes = reducedAxes(backward);
  const shape = dims(inputs[0]).map((size, axis) => (axes.has(axis) ? 1 : size));
  return shape.length === dims(outputs[0]).length ? value : g.reshape(value, shape);
}

/** Repeats a value along the reduced axes to the shape of the input. */
function spread({ g, dims, inputs }: Backward, value: Value): Value {
  return g.op('Expand', [value, g.ints(dims(inputs[0]))]);
}

/**
 * Axes come as an input, which must be fixed, or before operator set 18 as an attribute; without any, all are reduced,
 * or none where `noop_with_empty_axes` is set.
 */
function reducedAxes(backward: Backward): Set<number> {
  const { node, dims, inputs } = backward;
  const settings = plainAttributes<{ axes: number[]; noop_with_empty_axes: number }>(node);
  const { axes = [], noop_with_empty_axes: noop } = settings;
  const list = fixedInput(backward, 1) ?? axes;
  const all = dims(inputs[0]).map((_, axis) => axis);
  return new Set(list.length === 0 && !noop ? all : list.map((axis) => (axis + all.length) % all.length));
}
