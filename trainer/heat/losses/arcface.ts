/** ArcFace (Deng et al., "ArcFace: Additive Angular Margin Loss for Deep Face Recognition", arXiv 1801.07698, 2018). */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { appendCosinesToClasses } from './class-weights.ts';
import { appendCrossEntropy, appendOneHot } from './cross-entropy.ts';
import type { Loss } from './loss.ts';

/** sin²θ is kept above this: √ has no slope at 0. */
const LEAST_SQUARED_SINE = 1e-6;

/**
 * Cross-entropy over s·cos(θ_m + margin·[m = y]), their equation 3. α = s.
 * @param margin in radians, 0 to π/2.
 */
export function arcFace({ margin }: { margin: number }): Loss {
  return (g, { embedding, labels, alpha }, options, random) => {
    const cosines = appendCosinesToClasses(g, embedding, options, random);
    const own = g.op('Cast', [appendOneHot(g, labels, options.classes)], { to: BOOL });
    const logits = g.op('Where', [own, appendWidened(g, cosines, margin), cosines]);
    return appendCrossEntropy(g, g.op('Mul', [logits, alpha]), labels, options);
  };
}

/** ONNX's number of the type bool. */
const BOOL = 9;

/**
 * cos(θ + m) = cos θ cos m − sin θ sin m, without an arc cosine, whose slope is infinite at the ends. Past θ = π − m, where
 * cos(θ + m) would rise again, it goes on as cos θ − m·sin m: falling everywhere, as in the authors' code without `easy_margin`.
 */
function appendWidened(g: GraphBuilder, cosines: Value, margin: number): Value {
  const squaredSines = g.op('Sub', [g.floats(1), g.op('Mul', [cosines, cosines])]);
  const sines = g.op('Sqrt', [g.op('Max', [squaredSines, g.floats(LEAST_SQUARED_SINE)])]);
  const widened = g.op('Sub', [
    g.op('Mul', [cosines, g.floats(Math.cos(margin))]),
    g.op('Mul', [sines, g.floats(Math.sin(margin))]),
  ]);
  const beyond = g.op('Sub', [cosines, g.floats(margin * Math.sin(margin))]);
  const falls = g.op('Greater', [cosines, g.floats(-Math.cos(margin))]);
  return g.op('Where', [falls, widened, beyond]);
}
