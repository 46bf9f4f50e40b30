/** CosFace (Wang et al., "CosFace: Large Margin Cosine Loss for Deep Face Recognition", arXiv 1801.09414, 2018). */
import { appendCosinesToClasses } from './class-weights.ts';
import { appendCrossEntropy, appendOneHot } from './cross-entropy.ts';
import type { Loss } from './loss.ts';

/**
 * Cross-entropy over s·(cos θ_m − margin·[m = y]), their equation 4: the own class must lead by a margin. α = s.
 * @param margin in cosine, from 0.
 */
export function cosFace({ margin }: { margin: number }): Loss {
  return (g, { embedding, labels, alpha }, options, random) => {
    const cosines = appendCosinesToClasses(g, embedding, options, random);
    const reduced = g.op('Sub', [cosines, appendOneHot(g, labels, options.classes, 0, margin)]);
    return appendCrossEntropy(g, g.op('Mul', [reduced, alpha]), labels, options);
  };
}
