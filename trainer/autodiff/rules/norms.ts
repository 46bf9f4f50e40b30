/** Gradients of p-norms: of windows, of whole maps, and of what is divided by its norm. */
import { plainAttributes, type Value } from '../../onnx/graph.ts';
import type { GraphBuilder } from '../../onnx/graph-builder.ts';
import type { Rule } from '../rule.ts';
import { spreadOverWindows } from './spread-over-windows.ts';
import { spaceWindowOf } from './windows.ts';

/** y = (Σ|x|ᵖ)^(1/p) over each window. */
export const LpPool: Rule = ({ g, node, dy, dims, inputs: [x], outputs: [y] }) => {
  const { kernel_shape: kernel, p = 2 } = plainAttributes<{ kernel_shape: number[]; p: number }>(node);
  const window = spaceWindowOf(node, dims(x), dims(y), kernel as number[]);
  const spread = spreadOverWindows(g, perPower(g, dy, y, p), window, dims(x), dims(y));
  return [g.op('Mul', [signedPower(g, x, p), spread])];
};

/** y = (Σ|x|ᵖ)^(1/p) over each channel of an image. */
export const GlobalLpPool: Rule = ({ g, node, dy, inputs: [x], outputs: [y] }) => {
  const { p = 2 } = plainAttributes<{ p: number }>(node);
  return [g.op('Mul', [signedPower(g, x, p), perPower(g, dy, y, p)])];
};

/** y = x/‖x‖ along an axis: dx = (dy − s·Σ dy·y)/‖x‖ with s = y for the 2-norm and sign(x) for the 1-norm; 0 for x = 0. */
export const LpNormalization: Rule = ({ g, node, dy, dims, inputs: [x], outputs: [y] }) => {
  const { axis = -1, p = 2 } = plainAttributes<{ axis: number; p: number }>(node);
  const axes = [(axis + dims(x).length) % dims(x).length];
  const norm =
    p === 1 ? g.reduce('ReduceSum', g.op('Abs', [x]), axes, true) : g.reduce('ReduceL2', x, axes, true);
  const along = g.reduce('ReduceSum', g.op('Mul', [dy, y]), axes, true);
  const slope = p === 1 ? g.op('Sign', [x]) : y;
  const rest = g.op('Sub', [dy, g.op('Mul', [slope, along])]);
  return [g.op('Mul', [rest, reciprocalOrZero(g, norm)])];
};

/** dy/yᵖ⁻¹, where d‖x‖/dx = sign(x)·|x|ᵖ⁻¹/‖x‖ᵖ⁻¹. */
function perPower(g: GraphBuilder, dy: Value, y: Value, p: number): Value {
  return g.op('Mul', [dy, reciprocalOrZero(g, g.op('Pow', [y, g.floats(p - 1)]))]);
}

/** sign(x)·|x|ᵖ⁻¹. */
function signedPower(g: GraphBuilder, x: Value, p: number): Value {
  return g.op('Mul', [g.op('Sign', [x]), g.op('Pow', [g.op('Abs', [x]), g.floats(p - 1)])]);
}

/** 1/x, and 0 where x is 0. */
function reciprocalOrZero(g: GraphBuilder, x: Value): Value {
  const zero = g.floats(0);
  return g.op('Where', [g.op('Equal', [x, zero]), zero, g.op('Reciprocal', [x])]);
}
