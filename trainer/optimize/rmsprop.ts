/**
 * RMSProp in PyTorch's form: v ← ρv + (1 − ρ)(g + d·w)², w ← w − lr·(g + d·w)/(√v + ε); with momentum
 * b ← m·b + (g + d·w)/(√v + ε), w ← w − lr·b. (TensorFlow puts ε under the root, and the learning rate into b.)
 * @source Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6.5, 2012.
 */
import { appendPenalty, appendRunningAverage, type Optimizer } from './optimizer.ts';

export type RmsProp = {
  /** ρ, how slowly the mean of the squared gradient forgets; default 0.99. */
  decay?: number;
  /** ε, default 1e-8. */
  epsilon?: number;
  /** m, default 0, without which no b is kept. */
  momentum?: number;
};

export function rmsprop({ decay = 0.99, epsilon = 1e-8, momentum = 0 }: RmsProp = {}): Optimizer {
  return {
    slots: momentum > 0 ? ['square', 'velocity'] : ['square'],
    start: (g) => (update) => {
      const { weight, slots, learningRate } = update;
      const gradient = appendPenalty(g, update);
      const square = appendRunningAverage(g, slots[0], g.op('Mul', [gradient, gradient]), decay);
      const root = g.op('Add', [g.op('Sqrt', [square]), g.floats(epsilon)]);
      const scaled = g.op('Div', [gradient, root]);
      const next = (direction: string) => g.op('Sub', [weight, g.op('Mul', [direction, learningRate])]);
      if (momentum === 0) return { weight: next(scaled), slots: [square] };
      const velocity = g.op('Add', [g.op('Mul', [slots[1], g.floats(momentum)]), scaled]);
      return { weight: next(velocity), slots: [square, velocity] };
    },
  };
}
