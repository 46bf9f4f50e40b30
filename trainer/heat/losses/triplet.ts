/** Triplet loss with semi-hard negatives (Schroff, Kalenichenko and Philbin, "FaceNet", arXiv 1503.03832, 2015). */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { Loss } from './loss.ts';
import { appendIndicator, appendPairs, BEYOND, type Pairs } from './pairs.ts';

/**
 * max(0, d(a, p) − d(a, n) + margin), section 3.1 of the paper, averaged over all pairs (a, p) of one class; d is the squared
 * distance of unit vectors. Which n is TensorFlow Addons' reading of section 3.2: the nearest negative that is farther from
 * a than p is; where none is, the farthest negative. Of equally distant ones the first in the batch.
 * Pairs without any negative do not count; a batch without pairs has the loss 0.
 * @param margin in squared distance, 0 to 4.
 */
export function tripletSemiHard({ margin }: { margin: number }): Loss {
  return (g, { embedding, labels }) => {
    const pairs = appendPairs(g, embedding, labels);
    const distances = g.op('Sub', [g.floats(2), g.op('Mul', [pairs.similarities, g.floats(2)])]);
    const negatives = appendChosenDistances(g, distances, appendSemiHard(g, distances, pairs));
    const lag = g.op('Add', [g.op('Sub', [distances, negatives]), g.floats(margin)]);
    const counted = appendIndicator(g, g.op('And', [pairs.positive, appendHasNegative(g, pairs)]));
    const sum = appendTotal(g, g.op('Mul', [g.op('Relu', [lag]), counted]));
    return g.op('Div', [sum, g.op('Max', [appendTotal(g, counted), g.floats(1)])]);
  };
}

/** The place in the batch of the negative for every pair (a, p): int64 [N, N]. */
function appendSemiHard(g: GraphBuilder, distances: Value, { negative }: Pairs): Value {
  const toPositive = g.op('Unsqueeze', [distances, g.ints([2])]);
  const toNegative = g.op('Unsqueeze', [distances, g.ints([1])]);
  const isNegative = g.op('Unsqueeze', [negative, g.ints([1])]);
  const semiHard = g.op('And', [isNegative, g.op('Greater', [toNegative, toPositive])]);
  const nearest = g.op('ArgMin', [g.op('Where', [semiHard, toNegative, g.floats(BEYOND)])], {
    axis: 2,
    keepdims: 0,
  });
  const farthest = g.op('ArgMax', [g.op('Where', [negative, distances, g.floats(-BEYOND)])], {
    axis: 1,
    keepdims: 1,
  });
  const exists = g.reduce('ReduceMax', appendIndicator(g, semiHard), [2], false);
  return g.op('Where', [g.op('Greater', [exists, g.floats(0)]), nearest, farthest]);
}

/** d(a, n) for the chosen n of every pair (a, p), float32 [N, N]. */
function appendChosenDistances(g: GraphBuilder, distances: Value, chosen: Value): Value {
  return g.op('GatherElements', [distances, chosen], { axis: 1 });
}

/** bool [N, 1]: whether a sample has a negative in the batch. */
function appendHasNegative(g: GraphBuilder, { negative }: Pairs): Value {
  return g.op('Greater', [g.reduce('ReduceMax', appendIndicator(g, negative), [1], true), g.floats(0)]);
}

function appendTotal(g: GraphBuilder, matrix: Value): Value {
  return g.reduce('ReduceSum', matrix, [0, 1], false);
}
