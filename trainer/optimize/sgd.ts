/** Stochastic gradient descent with momentum as graph nodes: v ← m·v + g + d·w, w ← w − lr·v (PyTorch's and TensorFlow's form). */
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';

export type Sgd = {
  /** m, 0 to 1. */
  momentum: number;
  /** d, per step and unit of learning rate; applied to weight matrices and kernels, not to biases and norms. */
  weightDecay: number;
};

/** Appends the update of one weight; returns its next value and its next velocity. */
export function appendSgd(
  g: GraphBuilder,
  weight: Value,
  gradient: Value,
  velocity: Value,
  learningRate: Value,
  rule: Sgd,
): { weight: Value; velocity: Value } {
  const decayed =
    rule.weightDecay > 0
      ? g.op('Add', [gradient, g.op('Mul', [weight, g.floats(rule.weightDecay)])])
      : gradient;
  const moved = g.op('Add', [g.op('Mul', [velocity, g.floats(rule.momentum)]), decayed]);
  return { weight: g.op('Sub', [weight, g.op('Mul', [moved, learningRate])]), velocity: moved };
}
