/** Proxy-Anchor (Kim et al., "Proxy Anchor Loss for Deep Metric Learning", arXiv 2003.13911, 2020). */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { appendCosinesToClasses } from './class-weights.ts';
import { appendOneHot } from './cross-entropy.ts';
import { appendLogOnePlusSum } from './log-sum.ts';
import type { Loss } from './loss.ts';

/**
 * Each proxy is an anchor for the whole batch, their equation 4 with s = cos θ:
 * 1/|P⁺| Σ_{p∈P⁺} log(1 + Σ_{x∈X_p⁺} exp(−α(s − δ))) + 1/|P| Σ_{p∈P} log(1 + Σ_{x∈X_p⁻} exp(α(s + δ))),
 * P all proxies, P⁺ those whose class is in the batch.
 * @param margin δ, in cosine.
 */
export function proxyAnchor({ margin }: { margin: number }): Loss {
  return (g, { embedding, labels, alpha }, options, random) => {
    const cosines = appendCosinesToClasses(g, embedding, options, random);
    const own = g.op('Greater', [appendOneHot(g, labels, options.classes), g.floats(0.5)]);
    const far = g.op('Mul', [alpha, g.op('Sub', [g.floats(margin), cosines])]);
    const near = g.op('Mul', [alpha, g.op('Add', [g.floats(margin), cosines])]);
    const pull = g.reduce('ReduceSum', appendLogOnePlusSum(g, far, own, 0), [0], false);
    const push = g.reduce('ReduceMean', appendLogOnePlusSum(g, near, g.op('Not', [own]), 0), [0], false);
    return g.op('Add', [g.op('Div', [pull, appendPresentClasses(g, own)]), push]);
  };
}

/** |P⁺|, the number of columns of [N, classes] that hold anywhere. */
function appendPresentClasses(g: GraphBuilder, own: Value): Value {
  const present = g.reduce('ReduceMax', g.op('Cast', [own], { to: FLOAT }), [0], false);
  return g.reduce('ReduceSum', present, [0], false);
}

/** ONNX's number of the type float32. */
const FLOAT = 1;
