/** Where a gradient passes and where it does not, as factors 1 and 0. */
import type { Value } from '../../onnx/graph.ts';
import { float, type GraphBuilder } from '../../onnx/graph-builder.ts';

/** So steep that the slope from 0 to 1 takes less than the smallest normal float32. */
const STEEPNESS = 3e38;

/**
 * 1 where x > 0, else 0. A steep HardSigmoid is one pass over x in all threads of ONNX Runtime's CPU provider, which Sign
 * (one thread) and Greater with Cast or Where (two passes, one of them in one thread) are not.
 */
export function isPositive(g: GraphBuilder, x: Value): Value {
  return g.op('HardSigmoid', [x], { alpha: float(STEEPNESS), beta: float(0) });
}
