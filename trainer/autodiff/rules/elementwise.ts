/** Gradients of arithmetic element by element, with broadcasting where ONNX has it. */
import type { Value } from '../../onnx/graph.ts';
import { DTYPE_CODES } from '../../onnx/tensor.ts';
import type { Backward, Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';
import { fixedInput } from './fixed-input.ts';

/** Makes the gradient of an operand, in the shape of the output. */
type Operand = (backward: Backward) => Value;

/** A rule for operands that were broadcast to the shape of the output: each gradient is made only when wanted, and summed down. */
function broadcast(operand: (position: number) => Operand): Rule {
  return (backward) => {
    const { g, dims, inputs, outputs, wants } = backward;
    return inputs.map((input, position) =>
      wants(position) ? sumToShape(g, operand(position)(backward), dims(outputs[0]), dims(input)) : undefined,
    );
  };
}

const binary = (...operands: [Operand, Operand]) => broadcast((position) => operands[position]);
const variadic = (operand: Operand) => broadcast(() => operand);

export const Add = binary(
  ({ dy }) => dy,
  ({ dy }) => dy,
);

export const Sub = binary(
  ({ dy }) => dy,
  ({ g, dy }) => g.op('Neg', [dy]),
);

export const Mul = binary(
  ({ g, dy, inputs: [, b] }) => g.op('Mul', [dy, b]),
  ({ g, dy, inputs: [a] }) => g.op('Mul', [dy, a]),
);

export const Div = binary(
  ({ g, dy, inputs: [, b] }) => g.op('Div', [dy, b]),
  ({ g, dy, inputs: [, b], outputs: [y] }) => g.op('Neg', [g.op('Div', [g.op('Mul', [dy, y]), b])]),
);

/** y = aᵇ: da = dy·b·aᵇ⁻¹, db = dy·y·ln a, which is NaN for a ≤ 0. */
export const Pow = binary(
  (backward) => backward.g.op('Mul', [backward.dy, powerSlope(backward)]),
  ({ g, dy, inputs: [a], outputs: [y] }) => g.op('Mul', [g.op('Mul', [dy, y]), g.op('Log', [a])]),
);

/** b·aᵇ⁻¹; the square, the most frequent power, without a power. */
function powerSlope(backward: Backward): Value {
  const { g, dtype, inputs } = backward;
  const [a, b] = inputs;
  const exponents = g.graph.initializers.has(b) ? fixedInput(backward, 1) : undefined;
  if (exponents?.length === 1 && exponents[0] === 2) return g.op('Mul', [a, g.floats(2)]);
  const exponent = dtype(b) === dtype(a) ? b : g.op('Cast', [b], { to: DTYPE_CODES[dtype(a)] });
  return g.op('Mul', [exponent, g.op('Pow', [a, g.op('Sub', [exponent, g.floats(1)])])]);
}

export const Sum = variadic(({ dy }) => dy);

export const Mean = variadic(({ g, dy, inputs }) => g.op('Div', [dy, g.floats(inputs.length)]));

/** The gradient goes to the operand that was chosen; operands that tie share it evenly, as in PyTorch. */
export const Max: Rule = (backward) => {
  const { g, dy, inputs, outputs } = backward;
  const chosen = inputs.map((input) =>
    g.op('Cast', [g.op('Equal', [input, outputs[0]])], { to: DTYPE_CODES.float32 }),
  );
  const each = inputs.length === 1 ? dy : g.op('Div', [dy, g.op('Sum', chosen)]);
  return broadcast((position) => () => g.op('Mul', [each, chosen[position]]))(backward);
};

export const Min = Max;

/** y = condition ? a : b. */
export const Where = broadcast((position) => ({ g, dy, inputs: [condition] }) => {
  const zero = g.floats(0);
  return g.op('Where', position === 1 ? [condition, dy, zero] : [condition, zero, dy]);
});

export const Identity: Rule = ({ dy }) => [dy];

/** Between floating-point types; casts to integers pass nothing on. */
export const Cast: Rule = ({ g, dy, dtype, inputs: [x] }) => [
  g.op('Cast', [dy], { to: DTYPE_CODES[dtype(x)] }),
];

export const Neg: Rule = ({ g, dy }) => [g.op('Neg', [dy])];

export const Abs: Rule = ({ g, dy, inputs: [x] }) => [g.op('Mul', [dy, g.op('Sign', [x])])];

export const Reciprocal: Rule = ({ g, dy, outputs: [y] }) => [
  g.op('Neg', [g.op('Mul', [dy, g.op('Mul', [y, y])])]),
];

export const Exp: Rule = ({ g, dy, outputs: [y] }) => [g.op('Mul', [dy, y])];

export const Log: Rule = ({ g, dy, inputs: [x] }) => [g.op('Div', [dy, x])];

export const Sqrt: Rule = ({ g, dy, outputs: [y] }) => [g.op('Div', [g.op('Mul', [dy, g.floats(0.5)]), y])];

export const Sin: Rule = ({ g, dy, inputs: [x] }) => [g.op('Mul', [dy, g.op('Cos', [x])])];

export const Cos: Rule = ({ g, dy, inputs: [x] }) => [g.op('Neg', [g.op('Mul', [dy, g.op('Sin', [x])])])];

/** y = erf x: dx = dy·2/√π·exp(−x²). */
export const Erf: Rule = ({ g, dy, inputs: [x] }) => {
  const bell = g.op('Exp', [g.op('Neg', [g.op('Mul', [x, x])])]);
  return [g.op('Mul', [dy, g.op('Mul', [bell, g.floats(2 / Math.sqrt(Math.PI))])])];
};
