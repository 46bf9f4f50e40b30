/** The gradient of Attention, the one operator in which newer exports of transformers have it. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes, type Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { Backward, Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';

type Attributes = {
  scale: number;
  q_num_heads: number;
  kv_num_heads: number;
  is_causal: number;
  softcap: number;
};

/**
 * Y = P·V with P = softmax(scale·Q·Kᵀ + mask), by heads. P is made again rather than kept: it is the largest value of a
 * transformer. With S what the softmax is of: dS = P·(dP − Σ dP·P).
 * @source Vaswani et al., arXiv 1706.03762, section 3.2.1.
 */
export const Attention: Rule = (backward) => {
  refuseOtherForms(backward);
  const { g, dims, inputs, outputs, wants } = backward;
  const [q, k, v] = inputs.slice(0, 3).map((input) => asHeads(backward, input, dims(input)));
  const mask = inputs[3];
  const dy = asHeads(backward, backward.dy, dims(outputs[0]));
  const scale = g.floats(scaleOf(backward));
  const scaled = g.op('Mul', [q, scale]);
  const product = g.op('MatMul', [scaled, turned(g, k)]);
  const shares = g.op('Softmax', [mask ? g.op('Add', [product, mask]) : product], { axis: -1 });
  const dv = wants(2) ? g.op('MatMul', [turned(g, shares), dy]) : undefined;
  if (!wants(0) && !wants(1) && !(mask && wants(3)))
    return [undefined, undefined, dv && fromHeads(backward, dv, 2)];

  const dShares = g.op('MatMul', [dy, turned(g, v)]);
  const along = g.reduce('ReduceSum', g.op('Mul', [dShares, shares]), [3], true);
  const dProduct = g.op('Mul', [shares, g.op('Sub', [dShares, along])]);
  const dq = wants(0) ? g.op('Mul', [g.op('MatMul', [dProduct, k]), scale]) : undefined;
  const dk = wants(1) ? g.op('MatMul', [turned(g, dProduct), scaled]) : undefined;
  const dMask = mask && wants(3) ? sumToShape(g, dProduct, productShape(backward), dims(mask)) : undefined;
  return [...[dq, dk, dv].map((value, input) => value && fromHeads(backward, value, input)), dMask];
};

/** [batch, tokens, heads·width] → [batch, heads, tokens, width]; what has four axes is that already. */
function asHeads({ g, node }: Backward, value: Value, shape: number[]): Value {
  if (shape.length === 4) return value;
  const [batch, tokens, width] = shape;
  const { q_num_heads: heads = 1 } = plainAttributes<Attributes>(node);
  return g.transpose(g.reshape(value, [batch, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** The gradient of an input, back in the input's own shape. */
function fromHeads({ g, dims, inputs }: Backward, value: Value, input: number): Value {
  const shape = dims(inputs[input]);
  return shape.length === 4 ? value : g.reshape(g.transpose(value, [0, 2, 1, 3]), shape);
}

function turned(g: GraphBuilder, x: Value): Value {
  return g.transpose(x, [0, 1, 3, 2]);
}

function headsOf({ node, dims, inputs }: Backward): [number, number] {
  const { q_num_heads: queries = 1, kv_num_heads: keys = 1 } = plainAttributes<Attributes>(node);
  const [q, k] = [dims(inputs[0]), dims(inputs[1])];
  return q.length === 4 ? [q[1], k[1]] : [queries, keys];
}

function scaleOf(backward: Backward): number {
  const { node, dims, inputs } = backward;
  const q = dims(inputs[0]);
  const width = q.length === 4 ? q[3] : q[2] / headsOf(backward)[0];
  return plainAttributes<Attributes>(node).scale ?? 1 / Math.sqrt(width);
}

/** [batch, heads, tokens of Q, tokens of K]. */
function productShape(backward: Backward): number[] {
  const { dims, inputs } = backward;
  const [q, k] = [dims(inputs[0]), dims(inputs[1])];
  return [q[0], headsOf(backward)[0], q.at(-2) as number, k.at(-2) as number];
}

function refuseOtherForms(backward: Backward): void {
  const { node, dtype, inputs } = backward;
  const { is_causal: causal, softcap } = plainAttributes<Attributes>(node);
  const [queries, keys] = headsOf(backward);
  const refused = [
    causal && 'is_causal 1',
    softcap && `softcap ${softcap}`,
    queries !== keys && `${queries} heads of queries for ${keys} of keys`,
    inputs[3] && dtype(inputs[3]) !== 'float32' && `a mask of ${dtype(inputs[3])}`,
    inputs.slice(4).some(Boolean) && 'past keys and values',
  ].filter(Boolean);
  if (refused.length === 0) return;
  throw new SinterError(
    'unsupported',
    `${describeNode(node)}: gradients do not cover ${refused.join(', ')}.`,
  );
}
