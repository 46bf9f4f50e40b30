/** ProxyNCA++ (Teh, DeVries and Taylor, "ProxyNCA++: Revisiting and Revitalizing Proxy Neighborhood Component Analysis", arXiv 2004.01113, 2020). */
import { appendCosinesToClasses } from './class-weights.ts';
import { appendCrossEntropy } from './cross-entropy.ts';
import type { Loss } from './loss.ts';

/**
 * −log( exp(−‖x̂ − p̂_y‖²/T) / Σ_m exp(−‖x̂ − p̂_m‖²/T) ): how improbable the own proxy is among all proxies.
 * α = 1/T. As ‖x̂ − p̂‖² = 2 − 2 cos θ and a constant changes no softmax, this is a softmax of 2α·cos θ.
 * Their layer normalisation of the features is the head's, their fast proxies are a learning rate.
 */
export const proxyNca: Loss = (g, { embedding, labels, alpha }, options, random) => {
  const cosines = appendCosinesToClasses(g, embedding, options, random);
  const scale = g.op('Mul', [alpha, g.floats(2)]);
  return appendCrossEntropy(g, g.op('Mul', [cosines, scale]), labels, options);
};
