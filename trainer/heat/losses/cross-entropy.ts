/** Cross-entropy over the logits of a batch: the end that the classifying losses share. */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { LossOptions } from './loss.ts';

/**
 * −Σ_m q_m log softmax(logits)_m, averaged over the batch; q_m is 1 − ε at the label and ε/classes everywhere
 * (label smoothing: Szegedy et al., arXiv 1512.00567, 2015, section 7).
 * @param logits float32 [N, classes].
 * @param labels int64 [N].
 */
export function appendCrossEntropy(
  g: GraphBuilder,
  logits: Value,
  labels: Value,
  { classes, labelSmoothing }: LossOptions,
): Value {
  const even = labelSmoothing / classes;
  const targets = appendOneHot(g, labels, classes, even, 1 - labelSmoothing + even);
  const logProbabilities = g.op('LogSoftmax', [logits], { axis: -1 });
  const perSample = g.reduce('ReduceSum', g.op('Mul', [targets, logProbabilities]), [1], false);
  return g.op('Neg', [g.reduce('ReduceMean', perSample, [0], false)]);
}

/** Rows [N, classes] with `on` at the label and `off` everywhere else. */
export function appendOneHot(g: GraphBuilder, labels: Value, classes: number, off = 0, on = 1): Value {
  return g.op('OneHot', [labels, g.ints(classes), g.floats([off, on])], { axis: -1 });
}
