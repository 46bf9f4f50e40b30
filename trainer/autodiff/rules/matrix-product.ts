/** Gradients of matrix products. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes, type Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';

/** y = a·b over the last two axes, the others broadcast: da = dy·bᵀ, db = aᵀ·dy. Throws `unsupported` for vectors as operands. */
export const MatMul: Rule = ({ g, node, dy, dims, inputs: [a, b], outputs: [y], wants }) => {
  const [rows, columns] = [dims(a), dims(b)];
  if (rows.length < 2 || columns.length < 2)
    throw new SinterError(
      'unsupported',
      `${describeNode(node)}: gradients cover matrices and batches of them, got the shapes [${rows}] and [${columns}].`,
    );
  const batch = dims(y).slice(0, -2);
  const swapLast = (x: Value, rank: number) => g.transpose(x, lastTwoSwapped(rank));
  const da = () => g.op('MatMul', [dy, swapLast(b, columns.length)]);
  const db = () => g.op('MatMul', [swapLast(a, rows.length), dy]);
  return [
    wants(0) ? sumToShape(g, da(), [...batch, ...rows.slice(-2)], rows) : undefined,
    wants(1) ? sumToShape(g, db(), [...batch, ...columns.slice(-2)], columns) : undefined,
  ];
};

/** y = alpha·op(a)·op(b) + beta·c, op being an optional transposition. */
export const Gemm: Rule = ({ g, node, dy, dims, inputs: [a, b, c], outputs: [y], wants }) => {
  const settings = plainAttributes<{ alpha: number; beta: number; transA: number; transB: number }>(node);
  const { alpha = 1, beta = 1, transA = 0, transB = 0 } = settings;
  const product = (x: Value, transX: number, z: Value, transZ: number) =>
    scaled(g, g.op('Gemm', [x, z], { transA: transX, transB: transZ }), alpha);
  const da = () => (transA ? product(b, transB, dy, 1) : product(dy, 0, b, 1 - transB));
  const db = () => (transB ? product(dy, 1, a, transA) : product(a, 1 - transA, dy, 0));
  return [
    wants(0) ? da() : undefined,
    wants(1) ? db() : undefined,
    c && wants(2) ? scaled(g, sumToShape(g, dy, dims(y), dims(c)), beta) : undefined,
  ];
};

function lastTwoSwapped(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
}

function scaled(g: GraphBuilder, x: Value, factor: number): Value {
  return factor === 1 ? x : g.op('Mul', [x, g.floats(factor)]);
}
