/** Inputs that a rule must know while it builds, such as axes, bounds and scales. */
import { SinterError } from '../../../retrieval/errors.ts';
import { type Attribute, describeNode } from '../../onnx/graph.ts';
import type { Backward } from '../rule.ts';

/**
 * The numbers of the input at `position`: an initializer's, or a Constant node's. Undefined where the input is left out.
 * @throws SinterError `unsupported` where the input is computed when the graph runs.
 */
export function fixedInput(
  { g: { graph }, node }: Pick<Backward, 'g' | 'node'>,
  position: number,
): number[] | undefined {
  const name = node.inputs[position];
  if (!name) return undefined;
  const initializer = graph.initializers.get(name);
  if (initializer) return Array.from(initializer.data, Number);
  const maker = graph.nodes.find(({ op, outputs }) => op === 'Constant' && outputs[0] === name);
  const numbers = maker && Object.values(maker.attributes).map(numbersOf)[0];
  if (numbers) return numbers;
  throw new SinterError(
    'unsupported',
    `${describeNode(node)}: gradients need its input ${position + 1} to be fixed in the graph, got the computed value "${name}".`,
  );
}

/** A Constant node holds its numbers in one attribute, a tensor, a list or a single number. */
function numbersOf({ kind, value }: Attribute): number[] | undefined {
  if (kind === 'tensor') return Array.from(value.data, Number);
  if (kind === 'ints' || kind === 'floats') return value;
  return kind === 'int' || kind === 'float' ? [value] : undefined;
}
