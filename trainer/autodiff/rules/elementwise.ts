/** Gradients of operators that work element by element, with broadcasting where ONNX has it. */
import type { Value } from '../../onnx/graph.ts';
import type { Backward, Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';

/** A rule for two broadcast operands whose gradients are written in the shape of the output, each made only when wanted. */
function broadcast(left: (backward: Backward) => Value, right: (backward: Backward) => Value): Rule {
  return (backward) =>
    [left, right].map((gradient, position) => {
      if (!backward.wants(position)) return undefined;
      const { g, dims, inputs, outputs } = backward;
      return sumToShape(g, gradient(backward), dims(outputs[0]), dims(inputs[position]));
    });
}

export const Add = broadcast(
  ({ dy }) => dy,
  ({ dy }) => dy,
);

export const Sub = broadcast(
  ({ dy }) => dy,
  ({ g, dy }) => g.op('Neg', [dy]),
);

export const Mul = broadcast(
  ({ g, dy, inputs: [, b] }) => g.op('Mul', [dy, b]),
  ({ g, dy, inputs: [a] }) => g.op('Mul', [dy, a]),
);

export const Div = broadcast(
  ({ g, dy, inputs: [, b] }) => g.op('Div', [dy, b]),
  ({ g, dy, inputs: [, b], outputs: [y] }) => g.op('Neg', [g.op('Div', [g.op('Mul', [dy, y]), b])]),
);

export const Identity: Rule = ({ dy }) => [dy];

export const Neg: Rule = ({ g, dy }) => [g.op('Neg', [dy])];

export const Exp: Rule = ({ g, dy, outputs: [y] }) => [g.op('Mul', [dy, y])];

export const Log: Rule = ({ g, dy, inputs: [x] }) => [g.op('Div', [dy, x])];

export const Sqrt: Rule = ({ g, dy, outputs: [y] }) => [g.op('Div', [g.op('Mul', [dy, g.floats(0.5)]), y])];

/** The slope is the sign of the output: 1 where it is positive, 0 at and below zero. */
export const Relu: Rule = ({ g, dy, outputs: [y] }) => [g.op('Mul', [dy, g.op('Sign', [y])])];
