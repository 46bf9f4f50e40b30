/**
 * Adam: m ← β₁m + (1 − β₁)(g + d·w), v ← β₂v + (1 − β₂)(g + d·w)²; without the bias of their start at 0
 * m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ); then w ← w − lr·m̂/(√v̂ + ε).
 * PyTorch's form. TensorFlow adds ε to √v in place of √v̂ ("ε̂", at the end of the paper's section 2), which is a larger
 * ε until √(1 − β₂ᵗ) has come near 1.
 * @source Kingma and Ba, arXiv 1412.6980, algorithm 1.
 */
import type { Value } from '../onnx/graph.ts';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import { DTYPE_CODES, tensor } from '../onnx/tensor.ts';
import { appendPenalty, appendRunningAverage, type Optimizer, type WeightUpdate } from './optimizer.ts';

export type Adam = {
  /** β₁, how slowly the mean of the gradient forgets; default 0.9. */
  beta1?: number;
  /** β₂, how slowly the mean of its square forgets; default 0.999. */
  beta2?: number;
  /** ε, default 1e-8; the paper's recipe for Stanford Online Products has 0.01. */
  epsilon?: number;
};

export function adam(settings: Adam = {}): Optimizer {
  return adamWith(settings, (g, update) => ({ ...update, gradient: appendPenalty(g, update) }));
}

/** How weight decay enters: as another gradient or another weight to go on from. */
type Decay = (g: GraphBuilder, update: WeightUpdate) => WeightUpdate;

export function adamWith(
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: Adam,
  appendDecay: Decay,
): Optimizer {
  return {
    slots: ['mean', 'square'],
    start: (g, count) => {
      const t = count();
      const meanBias = appendBias(g, beta1, t);
      const rootOfSquareBias = g.op('Sqrt', [appendBias(g, beta2, t)]);
      return (update) => {
        const { weight, gradient, slots, learningRate } = appendDecay(g, update);
        const mean = appendRunningAverage(g, slots[0], gradient, beta1);
        const square = appendRunningAverage(g, slots[1], g.op('Mul', [gradient, gradient]), beta2);
        const root = g.op('Div', [g.op('Sqrt', [square]), rootOfSquareBias]);
        const direction = g.op('Div', [mean, g.op('Add', [root, g.floats(epsilon)])]);
        const rate = g.op('Div', [learningRate, meanBias]);
        return { weight: g.op('Sub', [weight, g.op('Mul', [direction, rate])]), slots: [mean, square] };
      };
    },
  };
}

/** 1 − βᵗ as float32; computed in float64, since for β near 1 little is left of the difference. */
function appendBias(g: GraphBuilder, beta: number, t: Value): Value {
  const double = (value: number) => g.constant(tensor('float64', Float64Array.of(value), []));
  const bias = g.op('Sub', [double(1), g.op('Pow', [double(beta), t])]);
  return g.op('Cast', [bias], { to: DTYPE_CODES.float32 });
}
