/** The plain softmax: what classifiers are trained with, and the baseline of every comparison. */
import { appendClassBiases, appendClassWeights, appendProducts } from './class-weights.ts';
import { appendCrossEntropy } from './cross-entropy.ts';
import type { Loss } from './loss.ts';

/** Cross-entropy over α·fᵀw_m + b_m; α is 1 (the baseline of Zhang et al., arXiv 1809.04157, 2018). */
export const softmax: Loss = (g, { embedding, labels, alpha }, options, random) => {
  const products = appendProducts(g, embedding, appendClassWeights(g, options, random));
  const logits = g.op('Add', [g.op('Mul', [products, alpha]), appendClassBiases(g, options)]);
  return appendCrossEntropy(g, logits, labels, options);
};
