/** The gradient of LRN, the normalisation by neighbouring channels. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import type { Rule } from '../rule.ts';
import { type Matrix, mapAxis, matrixOf, transposed } from './axis-maps.ts';

/**
 * y = x/d^β with d = bias + α/size · Σ x² over the `size` channels around each, written as d = bias + α/size · B x²:
 * dx = dy/d^β − 2αβ/size · x · Bᵀ(dy·y/d).
 * @source Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural networks", 2012, section 3.3.
 */
export const LRN: Rule = ({ g, node, dy, dims, inputs: [x], outputs: [y] }) => {
  const settings = plainAttributes<{ size: number; alpha: number; beta: number; bias: number }>(node);
  const { size = 1, alpha = 1e-4, beta = 0.75, bias = 1 } = settings;
  const shape = dims(x);
  const neighbours = neighboursWithin(size, shape[1]);
  const along = (value: Value, matrix: Matrix) => mapAxis(g, value, shape, 1, matrix);
  const scaled = (value: Value, factor: number) => g.op('Mul', [value, g.floats(factor)]);

  const sums = along(g.op('Mul', [x, x]), neighbours);
  const d = g.op('Add', [scaled(sums, alpha / size), g.floats(bias)]);
  const direct = g.op('Mul', [dy, g.op('Pow', [d, g.floats(-beta)])]);
  const back = along(g.op('Div', [g.op('Mul', [dy, y]), d]), transposed(neighbours));
  return [g.op('Sub', [direct, g.op('Mul', [x, scaled(back, (2 * alpha * beta) / size)])])];
};

/** Row c has ones at the channels from c − ⌊(size − 1)/2⌋ to c + ⌈(size − 1)/2⌉. */
function neighboursWithin(size: number, channels: number): Matrix {
  const before = Math.floor((size - 1) / 2);
  const rows = Array.from({ length: channels }, (_, channel) =>
    Array.from({ length: size }, (_, tap) => ({ from: channel - before + tap, weight: 1 })).filter(
      ({ from }) => from >= 0 && from < channels,
    ),
  );
  return matrixOf(rows, channels);
}
