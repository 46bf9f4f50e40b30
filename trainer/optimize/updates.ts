/** The update of every weight by its gradient, group by group, in the nodes of an optimizer. */
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { DTYPE_CODES, ints, zeros } from '../onnx/tensor.ts';
import { type CarriedValues, OPTIMIZER_STATE } from './carried.ts';
import type { Optimizer } from './optimizer.ts';
import type { ParameterGroup } from './parameter-group.ts';

/** `next` where the step updates, otherwise `present`. */
export type IfUpdated = (next: Value, present: Value) => Value;

/** Name of the number of updates so far, a carried int64 scalar. */
const UPDATES = `step${OPTIMIZER_STATE}updates`;

/**
 * Appends the next value of every weight that has a gradient, and of what the optimizer keeps for it, as carried values.
 * The learning rate is the input `learning_rate`, a float32 scalar.
 */
export function appendUpdates(
  g: GraphBuilder,
  groups: ParameterGroup[],
  gradients: Map<Value, Value>,
  optimizer: Optimizer,
  carried: CarriedValues,
  ifUpdated: IfUpdated = (next) => next,
): void {
  const learningRate = g.input('learning_rate', 'float32', []);
  const append = optimizer.start(g, () => appendCount(g, carried, ifUpdated));
  for (const { names, rate, weightDecay } of groups) {
    const ownRate = rate === 1 ? learningRate : g.op('Mul', [learningRate, g.floats(rate)]);
    for (const weight of names) {
      const gradient = gradients.get(weight);
      if (gradient === undefined) continue;
      const { dims } = carried.firstValue(weight);
      const slots = optimizer.slots.map((slot) => `${weight}${OPTIMIZER_STATE}${slot}`);
      const next = append({
        weight,
        gradient,
        slots,
        learningRate: ownRate,
        weightDecay: dims.length > 1 ? weightDecay : 0,
      });
      carried.carry(weight, ifUpdated(next.weight, weight));
      for (const [i, slot] of slots.entries())
        carried.carry(slot, ifUpdated(next.slots[i], slot), zeros(dims));
    }
  }
}

/** The number of this update, from 1, as a float64 scalar. */
function appendCount(g: GraphBuilder, carried: CarriedValues, ifUpdated: IfUpdated): Value {
  const next = g.op('Add', [UPDATES, g.ints(1)]);
  carried.carry(UPDATES, ifUpdated(next, UPDATES), ints(0));
  return g.op('Cast', [next], { to: DTYPE_CODES.float64 });
}
