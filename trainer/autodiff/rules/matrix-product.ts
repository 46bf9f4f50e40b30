/** Gradients of matrix products. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { elementCount } from '../../onnx/tensor.ts';
import type { Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';

/**
 * y = a·b over the last two axes, the others broadcast: da = dy·bᵀ, db = aᵀ·dy. As in NumPy, a vector on the left is a row
 * and one on the right a column, whose axis the product drops.
 */
export const MatMul: Rule = ({ g, dy, dims, inputs: [a, b], outputs: [y], wants }) => {
  const rows = dims(a).length === 1 ? [1, ...dims(a)] : dims(a);
  const columns = dims(b).length === 1 ? [...dims(b), 1] : dims(b);
  const batch = dims(y).slice(0, Math.max(rows.length, columns.length) - 2);
  const [left, right] = [shaped(g, a, dims(a), rows), shaped(g, b, dims(b), columns)];
  const product = [...batch, rows.at(-2) as number, columns.at(-1) as number];
  const dProduct = shaped(g, dy, dims(y), product);
  const da = () => {
    const gradient = g.op('MatMul', [dProduct, g.transpose(right, lastTwoSwapped(columns.length))]);
    return sumToShape(g, gradient, [...batch, ...rows.slice(-2)], rows);
  };
  const db = () => {
    if (columns.length === 2) return sharedMatrixGradient(g, left, rows, dProduct, product);
    const gradient = g.op('MatMul', [g.transpose(left, lastTwoSwapped(rows.length)), dProduct]);
    return sumToShape(g, gradient, [...batch, ...columns.slice(-2)], columns);
  };
  return [
    wants(0) ? shaped(g, da(), rows, dims(a)) : undefined,
    wants(1) ? shaped(g, db(), columns, dims(b)) : undefined,
  ];
};

/** One matrix for all of a batch, as a layer's weights are: the rows of all items lie below each other in one product. */
function sharedMatrixGradient(
  g: GraphBuilder,
  left: Value,
  rows: number[],
  dy: Value,
  product: number[],
): Value {
  const stacked = (dims: number[]) => [elementCount(dims.slice(0, -1)), dims.at(-1) as number];
  const inputs = [shaped(g, left, rows, stacked(rows)), shaped(g, dy, product, stacked(product))];
  return g.op('Gemm', inputs, { transA: 1 });
}

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

/** The value in another shape of as many elements. */
function shaped(g: GraphBuilder, x: Value, from: number[], to: number[]): Value {
  return `${from}` === `${to}` ? x : g.reshape(x, to);
}

function scaled(g: GraphBuilder, x: Value, factor: number): Value {
  return factor === 1 ? x : g.op('Mul', [x, g.floats(factor)]);
}
