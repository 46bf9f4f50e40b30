/**
 * Stochastic gradient descent with momentum: v ← m·v + g + d·w, then w ← w − lr·v; with Nesterov's look ahead
 * w ← w − lr·(g + d·w + m·v). PyTorch's and TensorFlow's form: the velocity is in units of gradients.
 * @source Sutskever, Martens, Dahl and Hinton, ICML 2013, equations 1-4, with v divided by −lr.
 */
import { appendPenalty, type Optimizer } from './optimizer.ts';

export type Sgd = {
  /** m, from 0 up to but not 1; 0 is plain descent, which keeps nothing. */
  momentum: number;
  nesterov?: boolean;
};

export function sgd({ momentum, nesterov = false }: Sgd): Optimizer {
  return {
    slots: momentum > 0 ? ['velocity'] : [],
    start: (g) => (update) => {
      const { weight, slots, learningRate } = update;
      const gradient = appendPenalty(g, update);
      const next = (direction: string) => g.op('Sub', [weight, g.op('Mul', [direction, learningRate])]);
      if (momentum === 0) return { weight: next(gradient), slots };
      const withMomentum = (velocity: string, onto: string) =>
        g.op('Add', [g.op('Mul', [velocity, g.floats(momentum)]), onto]);
      const velocity = withMomentum(slots[0], gradient);
      return { weight: next(nesterov ? withMomentum(velocity, gradient) : velocity), slots: [velocity] };
    },
  };
}
