/**
 * The two softmax losses that are heated up (Zhang et al., arXiv 1809.04157, 2018, equations 2 to 5). Heating up itself is
 * the schedule's: it feeds another α. Biases are learned and not scaled by α, as in the authors' code.
 */
import { appendUnitLength } from '../head.ts';
import {
  appendClassBiases,
  appendClassWeights,
  appendCosinesToClasses,
  appendProducts,
} from './class-weights.ts';
import { appendCrossEntropy } from './cross-entropy.ts';
import type { Loss } from './loss.ts';

/** LN and HLN: cross-entropy over α·f̂ᵀŵ_m + b_m, features and weights of unit length. */
export const l2NormalisedSoftmax: Loss = (g, { embedding, labels, alpha }, options, random) => {
  const cosines = appendCosinesToClasses(g, embedding, options, random);
  const logits = g.op('Add', [g.op('Mul', [cosines, alpha]), appendClassBiases(g, options)]);
  return appendCrossEntropy(g, logits, labels, options);
};

/** BN and HBN: cross-entropy over (α/√d)·fᵀŵ_m + b_m; f comes batch-normalised from the bottleneck and so has a length of about √d. */
export const batchNormalisedSoftmax: Loss = (g, { embedding, labels, alpha }, options, random) => {
  const weights = appendUnitLength(g, appendClassWeights(g, options, random));
  const scale = g.op('Div', [alpha, g.floats(Math.sqrt(options.dim))]);
  const products = g.op('Mul', [appendProducts(g, embedding, weights), scale]);
  return appendCrossEntropy(g, g.op('Add', [products, appendClassBiases(g, options)]), labels, options);
};
