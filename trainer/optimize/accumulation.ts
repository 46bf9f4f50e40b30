/** Gradient accumulation: several small batches move the weights once, by the mean of their gradients, as one large batch would. */
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { zeros } from '../onnx/tensor.ts';
import { type CarriedValues, OPTIMIZER_STATE } from './carried.ts';
import type { IfUpdated } from './updates.ts';

/** Input of a step that accumulates, a float32 scalar: over how many batches the update with this one averages; 0 where none comes yet. */
export const AVERAGED_OVER = 'averaged_over';

/**
 * What `AVERAGED_OVER` is for batch number `batch`, from 0, of the `of` in a pass, where an update takes `accumulate` of
 * them; those left over in the end are averaged among themselves.
 */
export function batchesToAverage(batch: number, of: number, accumulate: number): number {
  const gathered = (batch % accumulate) + 1;
  return gathered === accumulate || batch === of - 1 ? gathered : 0;
}

/**
 * Appends carried sums of the gradients, which begin again at 0 after an update.
 * @returns the means over the batches gathered, which matter where there is an update, and what tells whether there is.
 */
export function appendAccumulation(
  g: GraphBuilder,
  gradients: Map<Value, Value>,
  carried: CarriedValues,
): { means: Map<Value, Value>; ifUpdated: IfUpdated } {
  const averagedOver = g.input(AVERAGED_OVER, 'float32', []);
  const updates = g.op('Greater', [averagedOver, g.floats(0)]);
  const share = g.op('Div', [g.floats(1), g.op('Max', [averagedOver, g.floats(1)])]);
  const nothing = g.floats(0);
  const ifUpdated: IfUpdated = (next, present) => g.op('Where', [updates, next, present]);
  const meanOf = (weight: Value, gradient: Value): Value => {
    const sum = `${weight}${OPTIMIZER_STATE}gradients`;
    const gathered = g.op('Add', [sum, gradient]);
    carried.carry(sum, ifUpdated(nothing, gathered), zeros(carried.firstValue(weight).dims));
    return g.op('Mul', [gathered, share]);
  };
  const means = [...gradients].map(([weight, gradient]) => [weight, meanOf(weight, gradient)] as const);
  return { means: new Map(means), ifUpdated };
}
