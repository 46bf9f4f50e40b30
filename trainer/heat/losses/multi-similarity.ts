/** Multi-similarity loss (Wang et al., "Multi-Similarity Loss with General Pair Weighting for Deep Metric Learning", arXiv 1904.06627, 2019). */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { appendLogOnePlusSum } from './log-sum.ts';
import type { Loss } from './loss.ts';
import { appendPairs, BEYOND, type Pairs } from './pairs.ts';

export type MultiSimilarity = {
  /** The paper's α, how sharply dissimilar positives weigh; not the α of softmax. */
  pull: number;
  /** The paper's β, how sharply similar negatives weigh. */
  push: number;
  /** λ, the similarity around which pairs weigh. */
  base: number;
  /** ε of the mining, in cosine. */
  margin: number;
};

/**
 * 1/N Σ_i { 1/α log[1 + Σ_{k∈P_i} exp(−α(S_ik − λ))] + 1/β log[1 + Σ_{k∈N_i} exp(β(S_ik − λ))] }, their equation 15, S = cos θ.
 * P_i and N_i are mined as they do: a negative that is more similar than the least similar positive − ε,
 * a positive that is less similar than the most similar negative + ε. A part without pairs is 0 and counts in the mean.
 */
export function multiSimilarity({ pull, push, base, margin }: MultiSimilarity): Loss {
  return (g, { embedding, labels }) => {
    const pairs = appendPairs(g, embedding, labels);
    const { positive, negative } = appendMined(g, pairs, margin);
    const above = g.op('Sub', [pairs.similarities, g.floats(base)]);
    const part = (sharpness: number, chosen: Value) => {
      const sum = appendLogOnePlusSum(g, g.op('Mul', [above, g.floats(sharpness)]), chosen, 1);
      return g.op('Div', [sum, g.floats(Math.abs(sharpness))]);
    };
    const perSample = g.op('Add', [part(-pull, positive), part(push, negative)]);
    return g.reduce('ReduceMean', perSample, [0], false);
  };
}

function appendMined(
  g: GraphBuilder,
  { similarities, positive, negative }: Pairs,
  margin: number,
): Pick<Pairs, 'positive' | 'negative'> {
  const leastPositive = g.op('Where', [positive, similarities, g.floats(BEYOND)]);
  const mostNegative = g.op('Where', [negative, similarities, g.floats(-BEYOND)]);
  const floor = g.op('Sub', [g.reduce('ReduceMin', leastPositive, [1], true), g.floats(margin)]);
  const ceiling = g.op('Add', [g.reduce('ReduceMax', mostNegative, [1], true), g.floats(margin)]);
  return {
    positive: g.op('And', [positive, g.op('Less', [similarities, ceiling])]),
    negative: g.op('And', [negative, g.op('Greater', [similarities, floor])]),
  };
}
