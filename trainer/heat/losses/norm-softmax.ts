/** NormSoftmax (Zhai and Wu, "Classification is a Strong Baseline for Deep Metric Learning", arXiv 1811.12649, 2018). */
import { appendCosinesToClasses } from './class-weights.ts';
import { appendCrossEntropy } from './cross-entropy.ts';
import type { Loss } from './loss.ts';

/**
 * −log( exp(x̂ᵀp̂_y / T) / Σ_m exp(x̂ᵀp̂_m / T) ), their normalised softmax: a softmax of cosines without biases. α = 1/T.
 * Their layer normalisation of the features is the head's.
 */
export const normSoftmax: Loss = (g, { embedding, labels, alpha }, options, random) => {
  const cosines = appendCosinesToClasses(g, embedding, options, random);
  return appendCrossEntropy(g, g.op('Mul', [cosines, alpha]), labels, options);
};
