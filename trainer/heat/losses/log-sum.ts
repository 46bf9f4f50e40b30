/** Sums of exponentials as the pair and proxy losses have them. */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';

/** What stands where nothing is to be summed: its exponential is 0 in float32, and it is still a number to subtract from. */
const NOTHING = -1e9;

/**
 * log(1 + Σ exp z) over the places of `axis` where `chosen` holds; 0 where it holds nowhere. Stable for any z: it is
 * softplus(log Σ exp z), and both take the largest out first.
 * @param z float32 [A, B].
 * @param chosen bool [A, B].
 * @returns float32 of the axis that is left.
 */
export function appendLogOnePlusSum(g: GraphBuilder, z: Value, chosen: Value, axis: 0 | 1): Value {
  const kept = g.op('Where', [chosen, z, g.floats(NOTHING)]);
  return g.op('Softplus', [g.reduce('ReduceLogSumExp', kept, [axis], false)]);
}
