/** What a loss of metric learning is here: nodes that turn a batch's embeddings and labels into one number. */
import type { Random } from '../../../retrieval/random.ts';
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';

export type LossInputs = {
  /** float32 [N, dim], as it comes from the bottleneck: no loss expects unit length, those that need it make it. */
  embedding: Value;
  /** int64 [N], 0 to classes − 1. */
  labels: Value;
  /** float32 scalar, the factor on similarities that every softmax-like loss has: α, 1/temperature, scale. */
  alpha: Value;
};

export type LossOptions = {
  classes: number;
  /** Length of the embedding. */
  dim: number;
  /** Share ε of the target that cross-entropies spread evenly over all classes, from 0 up to but not 1; other losses have none. */
  labelSmoothing: number;
};

/**
 * Appends the mean loss over a batch, a float32 scalar, with the parameters of its own that it needs; `random` draws where
 * they start. What is chosen within it (hardest samples, mined pairs) carries no gradient.
 */
export type Loss = (g: GraphBuilder, inputs: LossInputs, options: LossOptions, random: Random) => Value;
