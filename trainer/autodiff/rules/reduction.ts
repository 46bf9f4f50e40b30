/** Gradients of sums and means over axes, and of the softmax's logarithm. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes, type Value } from '../../onnx/graph.ts';
import type { Backward, Rule } from '../rule.ts';

export const ReduceSum: Rule = (backward) => [spread(backward)];

export const ReduceMean: Rule = (backward) => {
  const { g, dims, inputs, outputs } = backward;
  const count = dims(inputs[0]).reduce((a, b) => a * b, 1) / dims(outputs[0]).reduce((a, b) => a * b, 1);
  return [spread({ ...backward, dy: g.op('Mul', [backward.dy, g.floats(1 / count)]) })];
};

/** y = x − log Σ eˣ along an axis: dx = dy − eʸ Σ dy. Before operator set 13 the sum is over the axis and all after it. */
export const LogSoftmax: Rule = ({ g, node, dy, dims, outputs: [y] }) => {
  const flattens = g.graph.opsets[''] < 13;
  const { axis = flattens ? 1 : -1 } = plainAttributes<{ axis: number }>(node);
  const rank = dims(y).length;
  const first = (axis + rank) % rank;
  const axes = Array.from({ length: flattens ? rank - first : 1 }, (_, offset) => first + offset);
  const sum = g.reduce('ReduceSum', dy, axes, true);
  return [g.op('Sub', [dy, g.op('Mul', [g.op('Exp', [y]), sum])])];
};

/** Repeats dy along the reduced axes to the shape of the input. */
function spread({ g, node, dy, dims, inputs }: Backward): Value {
  const from = dims(inputs[0]);
  const axes = reducedAxes(g.graph.initializers, node, from.length);
  const kept = from.map((size, axis) => (axes.has(axis) ? 1 : size));
  return g.op('Expand', [g.reshape(dy, kept), g.ints(from)]);
}

/**
 * Axes come as an attribute or, in newer operator sets, as an input, which must be fixed; without any, all are reduced,
 * or none where `noop_with_empty_axes` is set.
 */
function reducedAxes(
  initializers: Backward['g']['graph']['initializers'],
  node: Backward['node'],
  rank: number,
): Set<number> {
  const input = node.inputs[1];
  const { axes, noop_with_empty_axes: noop } = plainAttributes<{
    axes: number[];
    noop_with_empty_axes: number;
  }>(node);
  const fixed = input ? initializers.get(input)?.data : axes;
  if (input && !fixed)
    throw new SinterError(
      'unsupported',
      `${describeNode(node)} takes its axes from the computed value "${input}".`,
    );
  const list = fixed ? Array.from(fixed, Number) : [];
  const all = Array.from({ length: rank }, (_, axis) => axis);
  return new Set(list.length === 0 && !noop ? all : list.map((axis) => (axis + rank) % rank));
}
