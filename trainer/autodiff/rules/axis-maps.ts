/**
 * Linear maps along one axis, as matrices: what resizing, mirrored padding and sums over neighbours are. The gradient of
 * such an operator is the transposed matrix along the same axis.
 */
import type { Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import { elementCount, floats } from '../../onnx/tensor.ts';

/** What a position of the output takes from a position of the input. */
export type Tap = { from: number; weight: number };

/** Row by row, `rows`·`columns` numbers; maps an axis of `columns` positions to one of `rows`. */
export type Matrix = { rows: number; columns: number; data: Float32Array };

/** The matrix whose row `i` has the taps `rows[i]`; taps on the same position add up. */
export function matrixOf(rows: Tap[][], columns: number): Matrix {
  const data = new Float32Array(rows.length * columns);
  rows.forEach((taps, row) => {
    for (const { from, weight } of taps) data[row * columns + from] += weight;
  });
  return { rows: rows.length, columns, data };
}

export function transposed({ rows, columns, data }: Matrix): Matrix {
  const turned = data.map((_, i) => data[(i % rows) * columns + Math.floor(i / rows)]);
  return { rows: columns, columns: rows, data: turned };
}

/** Applies the matrix along `axis` of `x` with the shape `dims`, which thereby becomes `matrix.rows` long. */
export function mapAxis(g: GraphBuilder, x: Value, dims: number[], axis: number, matrix: Matrix): Value {
  const [before, after] = [elementCount(dims.slice(0, axis)), elementCount(dims.slice(axis + 1))];
  const constant = ({ rows, columns, data }: Matrix) => g.constant(floats(data, [rows, columns]));
  const y =
    after === 1
      ? g.op('MatMul', [g.reshape(x, [before, matrix.columns]), constant(transposed(matrix))])
      : g.op('MatMul', [constant(matrix), g.reshape(x, [before, matrix.columns, after])]);
  return g.reshape(y, dims.with(axis, matrix.rows));
}
