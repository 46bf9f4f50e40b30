/** What an optimizer is: a rule that appends, for one weight and its gradient, the nodes of the weight's next value. */
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';

export type Optimizer = {
  /** What is kept for every weight from update to update: names of tensors of the weight's shape, all zeros at first. */
  slots: readonly string[];
  /**
   * Appends what all weights share, such as corrections that depend on the number of the update, and returns the rule for
   * one weight.
   * @param count answers the number of this update, from 1, a float64 scalar; who does not ask pays nothing for it.
   */
  start(g: GraphBuilder, count: () => Value): (update: WeightUpdate) => UpdatedWeight;
};

export type WeightUpdate = {
  weight: Value;
  /** Of the weight's shape. */
  gradient: Value;
  /** The slots' present values, in their order. */
  slots: Value[];
  /** A float32 scalar. */
  learningRate: Value;
  /** Factor of the weight that is added to its gradient or, where the optimizer says so, subtracted from the weight itself. */
  weightDecay: number;
};

/** Next values of the weight and of its slots. */
export type UpdatedWeight = { weight: Value; slots: Value[] };

/** g + d·w, the gradient of the loss with the penalty d/2·‖w‖². */
export function appendPenalty(
  g: GraphBuilder,
  { weight, gradient, weightDecay }: Pick<WeightUpdate, 'weight' | 'gradient' | 'weightDecay'>,
): Value {
  if (weightDecay === 0) return gradient;
  return g.op('Add', [gradient, g.op('Mul', [weight, g.floats(weightDecay)])]);
}

/** share·average + (1 − share)·value: a running average that forgets by `share`. */
export function appendRunningAverage(g: GraphBuilder, average: Value, value: Value, share: number): Value {
  return g.op('Add', [g.op('Mul', [average, g.floats(share)]), g.op('Mul', [value, g.floats(1 - share)])]);
}
