/** The gradient of Einsum, which is another Einsum for each operand. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes } from '../../onnx/graph.ts';
import type { Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';

const ELLIPSIS = '...';
/** In the order in which an output that is left out has its letters. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The letters of each operand's axes and of the output's. */
type Equation = { operands: string[]; output: string };

/**
 * y sums the product of the operands over the letters that the output lacks. So an operand's gradient is the sum of dy and
 * the other operands over the letters that this operand lacks, repeated along those letters that it alone had.
 * Throws `unsupported` for a letter twice in one operand, a diagonal.
 */
export const Einsum: Rule = ({ g, node, dy, dims, inputs, wants }) => {
  const { equation } = plainAttributes<{ equation: string }>(node) as { equation: string };
  const { operands, output } = spellOut(
    equation,
    inputs.map((input) => dims(input).length),
  );
  if (operands.some((letters) => new Set(letters).size < letters.length))
    throw new SinterError(
      'unsupported',
      `${describeNode(node)}: gradients do not cover diagonals, got the equation "${equation}".`,
    );
  const sizes = letterSizes(operands, inputs.map(dims));
  return inputs.map((input, position) => {
    if (!wants(position)) return undefined;
    const own = [...operands[position]];
    const isOther = (_: unknown, other: number) => other !== position;
    const terms = [output, ...operands.filter(isOther)];
    const present = own.filter((letter) => terms.join('').includes(letter));
    const summed = g.op('Einsum', [dy, ...inputs.filter(isOther)], {
      equation: `${terms.join(',')}->${present.join('')}`,
    });
    const full = own.map((letter) => sizes.get(letter) as number);
    if (present.length === own.length) return sumToShape(g, summed, full, dims(input));
    const kept = own.map((letter, axis) => (present.includes(letter) ? full[axis] : 1));
    const repeated = g.op('Expand', [g.reshape(summed, kept), g.ints(full)]);
    return sumToShape(g, repeated, full, dims(input));
  });
};

/** Puts letters for the ellipsis, which stands for as many axes wherever it occurs, and the output where the equation leaves it out. */
function spellOut(equation: string, ranks: number[]): Equation {
  const [left, right] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',');
  const withEllipsis = terms.findIndex((term) => term.includes(ELLIPSIS));
  const axes = withEllipsis < 0 ? 0 : ranks[withEllipsis] - (terms[withEllipsis].length - ELLIPSIS.length);
  const free = [...ALPHABET].filter((letter) => !equation.includes(letter));
  const letters = free.slice(0, axes).join('');
  const once = [...ALPHABET].filter((letter) => left.split(letter).length === 2);
  const output = right ?? `${ELLIPSIS}${once.join('')}`;
  return {
    operands: terms.map((term) => term.replace(ELLIPSIS, letters)),
    output: output.replace(ELLIPSIS, letters),
  };
}

/** The size of each letter's axis: the largest of the operands', as axes of size 1 are repeated. */
function letterSizes(operands: string[], shapes: number[][]): Map<string, number> {
  const sizes = new Map<string, number>();
  operands.forEach((letters, position) => {
    [...letters].forEach((letter, axis) => {
      sizes.set(letter, Math.max(sizes.get(letter) ?? 1, shapes[position][axis]));
    });
  });
  return sizes;
}
