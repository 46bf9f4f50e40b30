/** Gradients of operators that pick elements by their positions: dy goes back to where its elements came from, between zeros. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { elementCount, ints } from '../../onnx/tensor.ts';
import type { Backward, Rule } from '../rule.ts';
import { fixedInput } from './fixed-input.ts';

export const Slice: Rule = (backward) => {
  const { g, dy, dims, inputs, outputs } = backward;
  const [from, to] = [dims(inputs[0]), dims(outputs[0])];
  const dx = slicedAxes(backward).reduce((value, { axis, start, step }) => {
    const positions = Array.from({ length: to[axis] }, (_, count) => start + count * step);
    return placeAlong(g, value, from.length, { axis, size: from[axis], positions });
  }, dy);
  return [dx];
};

/** What is taken once from a fixed position is put back there; repeated or computed positions are added up one by one. */
export const Gather: Rule = (backward) => {
  const { g, node, dy, dims, inputs } = backward;
  const [x, indices] = inputs;
  const from = dims(x);
  const { axis: given = 0 } = plainAttributes<{ axis: number }>(node);
  const axis = (given + from.length) % from.length;
  const size = from[axis];
  const gathered = from.with(axis, elementCount(dims(indices)));
  const rows = g.reshape(dy, gathered);
  const positions = g.graph.initializers.has(indices)
    ? fixedInput(backward, 1)?.map((index) => (index + size) % size)
    : undefined;
  if (positions && new Set(positions).size === positions.length)
    return [placeAlong(g, rows, from.length, { axis, size, positions })];
  const column = g.reshape(
    indices,
    gathered.map((count, at) => (at === axis ? count : 1)),
  );
  return [scatter(g, from, g.op('Expand', [column, g.ints(gathered)]), rows, axis)];
};

export const GatherElements: Rule = ({ g, node, dy, dims, inputs: [x, indices] }) => {
  const { axis = 0 } = plainAttributes<{ axis: number }>(node);
  return [scatter(g, dims(x), indices, dy, axis)];
};

/** Adds each element of `dy` to a zero tensor of the shape `dims`, at its index along the axis. */
function scatter(g: GraphBuilder, dims: number[], indices: Value, dy: Value, axis: number): Value {
  const zeros = g.op('Expand', [g.floats(0), g.ints(dims)]);
  return g.op('ScatterElements', [zeros, indices, dy], { axis, reduction: 'add' });
}

/** Where the elements of a value lay along an axis of `size` elements. */
type Placement = { axis: number; size: number; positions: number[] };

/** Puts the value's elements at their positions, each of which occurs once, and zeros elsewhere. */
function placeAlong(
  g: GraphBuilder,
  value: Value,
  rank: number,
  { axis, size, positions }: Placement,
): Value {
  const count = positions.length;
  if (count === 0) return padAlong(g, value, rank, axis, [size, 0]);
  const [first] = positions;
  if (positions.every((position, offset) => position === first + offset))
    return padAlong(g, value, rank, axis, [first, size - first - count]);
  // One zero behind the elements is what all other positions read.
  const sources = new Array<number>(size).fill(count);
  positions.forEach((position, source) => {
    sources[position] = source;
  });
  return g.op('Gather', [padAlong(g, value, rank, axis, [0, 1]), g.constant(ints(sources))], { axis });
}

/** Zeros before and after the elements along an axis. */
function padAlong(
  g: GraphBuilder,
  value: Value,
  rank: number,
  axis: number,
  [before, after]: [number, number],
): Value {
  if (before === 0 && after === 0) return value;
  const none = new Array<number>(rank).fill(0);
  return g.op('Pad', [value, g.ints([...none.with(axis, before), ...none.with(axis, after)])]);
}

/** The axes that a Slice cuts, with the first position that it takes; ONNX lets starts count from the end and lie outside. */
function slicedAxes(backward: Backward): { axis: number; start: number; step: number }[] {
  const from = backward.dims(backward.inputs[0]);
  const starts = fixedInput(backward, 1) as number[];
  const axes = fixedInput(backward, 3) ?? starts.map((_, axis) => axis);
  const steps = fixedInput(backward, 4) ?? starts.map(() => 1);
  return starts.map((given, position) => {
    const axis = (axes[position] + from.length) % from.length;
    const step = steps[position];
    const start = given < 0 ? given + from[axis] : given;
    const last = step > 0 ? from[axis] : from[axis] - 1;
    return { axis, step, start: Math.min(Math.max(start, 0), last) };
  });
}
