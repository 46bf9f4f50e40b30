/**
 * AdamW: Adam on g alone, from a weight that has decayed before, w ← (1 − lr·d)·w; so the decay does not depend on the size
 * of the gradients, as it does where it is a penalty.
 * @source Loshchilov and Hutter, arXiv 1711.05101, algorithm 2, with η·λ = lr·d as in PyTorch.
 */
import { type Adam, adamWith } from './adam.ts';
import type { Optimizer } from './optimizer.ts';

export function adamw(settings: Adam = {}): Optimizer {
  return adamWith(settings, (g, update) => {
    const { weight, weightDecay, learningRate } = update;
    if (weightDecay === 0) return update;
    const share = g.op('Sub', [g.floats(1), g.op('Mul', [learningRate, g.floats(weightDecay)])]);
    return { ...update, weight: g.op('Mul', [weight, share]) };
  });
}
