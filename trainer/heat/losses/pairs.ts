/** The pairs of a batch: how similar they are, and which are of one class. Losses on pairs have no class weights and no α. */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { appendUnitLength } from '../head.ts';
import { appendProducts } from './class-weights.ts';

/** Beyond any similarity or distance of unit vectors: what stands where a maximum or minimum has nothing to choose from. */
export const BEYOND = 1e9;

/** ONNX's numbers of the types float32, int64 and bool. */
const FLOAT = 1;
const INT = 7;
const BOOL = 9;

export type Pairs = {
  /** cos θ, float32 [N, N]. */
  similarities: Value;
  /** bool [N, N]: two samples of one class. A sample is no pair with itself; a copy of it is. */
  positive: Value;
  /** bool [N, N]: two samples of different classes. */
  negative: Value;
};

export function appendPairs(g: GraphBuilder, embedding: Value, labels: Value): Pairs {
  const unit = appendUnitLength(g, embedding);
  const alike = g.op('Equal', [g.reshape(labels, [-1, 1]), g.reshape(labels, [1, -1])]);
  const itself = g.op('EyeLike', [g.op('Cast', [alike], { to: INT })], { dtype: INT });
  return {
    similarities: appendProducts(g, unit, unit),
    positive: g.op('And', [alike, g.op('Not', [g.op('Cast', [itself], { to: BOOL })])]),
    negative: g.op('Not', [alike]),
  };
}

/** 1 where `condition` holds and 0 elsewhere, float32. */
export function appendIndicator(g: GraphBuilder, condition: Value): Value {
  return g.op('Cast', [condition], { to: FLOAT });
}
