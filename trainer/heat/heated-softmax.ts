/** The heated-up softmax loss (arXiv 1809.04157, equations 2 to 5): cross-entropy over α-scaled, normalised logits. */
import type { Random } from '../../retrieval/random.ts';
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { floats, tensor } from '../onnx/tensor.ts';
import { appendUnitLength } from './head.ts';
import { VARIANTS, type Variant } from './variants.ts';

export type SoftmaxOptions = {
  variant: Variant;
  classes: number;
  dim: number;
  /** Share ε of the target that is spread evenly over all classes, 0 to 1. */
  labelSmoothing: number;
};

/** The names under which the class weights [classes, dim] and biases [classes] stand in the graph. */
export const CLASS_WEIGHTS = 'softmax/class_weights';
export const CLASS_BIASES = 'softmax/class_biases';

/**
 * Appends the mean loss over a batch.
 * @param embedding float32 [N, dim], not normalised.
 * @param labels int64 [N], 0 to classes − 1.
 * @param alpha float32 scalar, 1/temperature; an input of the step, so that heating up needs no new graph.
 */
export function appendHeatedSoftmax(
  g: GraphBuilder,
  embedding: Value,
  labels: Value,
  alpha: Value,
  options: SoftmaxOptions,
  random: Random,
): Value {
  return g.in('softmax', () => {
    const logits = appendLogits(g, embedding, alpha, options, random);
    const logProbabilities = g.op('LogSoftmax', [logits], { axis: -1 });
    const perSample = g.reduce(
      'ReduceSum',
      g.op('Mul', [appendTargets(g, labels, options), logProbabilities]),
      [1],
      false,
    );
    return g.op('Neg', [g.reduce('ReduceMean', perSample, [0], false)]);
  });
}

/** Biases are learned in every variant and not scaled by α, as in the authors' code. */
function appendLogits(
  g: GraphBuilder,
  embedding: Value,
  alpha: Value,
  options: SoftmaxOptions,
  random: Random,
): Value {
  const { variant, classes, dim } = options;
  const { normalisation } = VARIANTS[variant];
  const initial = Float32Array.from({ length: classes * dim }, () => random.normal() / Math.sqrt(dim));
  const w = g.parameter(tensor('float32', initial, [classes, dim]), 'class_weights');
  const b = g.parameter(floats(new Array(classes).fill(0)), 'class_biases');
  const f = normalisation === 'l2' ? appendUnitLength(g, embedding) : embedding;
  const weights = normalisation === 'none' ? w : appendUnitLength(g, w);
  const products = g.op('MatMul', [f, g.transpose(weights, [1, 0])]);
  const scale = normalisation === 'batch' ? g.op('Div', [alpha, g.floats(Math.sqrt(dim))]) : alpha;
  return g.op('Add', [g.op('Mul', [products, scale]), b]);
}

/** One-hot rows, smoothed: (1 − ε) at the label and ε/classes everywhere. */
function appendTargets(g: GraphBuilder, labels: Value, { classes, labelSmoothing }: SoftmaxOptions): Value {
  const even = labelSmoothing / classes;
  return g.op('OneHot', [labels, g.ints(classes), g.floats([even, 1 - labelSmoothing + even])], { axis: -1 });
}
