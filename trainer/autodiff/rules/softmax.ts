/** Gradients of the softmax and of its logarithm. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import type { Backward, Rule } from '../rule.ts';

/** y = eˣ/Σ eˣ along an axis: dx = y·(dy − Σ dy·y). */
export const Softmax: Rule = (backward) => {
  const { g, dy, outputs } = backward;
  const [y] = outputs;
  return [g.op('Mul', [y, g.op('Sub', [dy, sumAlong(backward, g.op('Mul', [dy, y]))])])];
};

/** y = x − log Σ eˣ along an axis: dx = dy − eʸ Σ dy. */
export const LogSoftmax: Rule = (backward) => {
  const { g, dy, outputs } = backward;
  return [g.op('Sub', [dy, g.op('Mul', [g.op('Exp', [outputs[0]]), sumAlong(backward, dy)])])];
};

/** The sum along the axis of the softmax; before operator set 13 along the axis and all after it. */
function sumAlong({ g, node, dims, outputs: [y] }: Backward, x: Value): Value {
  const flattens = g.graph.opsets[''] < 13;
  const { axis = flattens ? 1 : -1 } = plainAttributes<{ axis: number }>(node);
  const rank = dims(y).length;
  const first = (axis + rank) % rank;
  const axes = Array.from({ length: flattens ? rank - first : 1 }, (_, offset) => first + offset);
  return g.reduce('ReduceSum', x, axes, true);
}
