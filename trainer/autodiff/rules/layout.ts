/** Gradients of operators that move, join or repeat whole elements without changing them. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode, plainAttributes } from '../../onnx/graph.ts';
import type { Rule } from '../rule.ts';
import { sumToShape } from './broadcast.ts';
import { fixedInput } from './fixed-input.ts';

export const Reshape: Rule = ({ g, dy, dims, inputs: [x] }) => [g.reshape(dy, dims(x))];

export const Flatten = Reshape;
export const Squeeze = Reshape;
export const Unsqueeze = Reshape;

export const Transpose: Rule = ({ g, node, dy, dims, inputs: [x] }) => {
  const rank = dims(x).length;
  const { perm = Array.from({ length: rank }, (_, axis) => rank - 1 - axis) } = plainAttributes<{
    perm: number[];
  }>(node);
  return [
    g.transpose(
      dy,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ];
};

/** Each input gets its piece of dy. */
export const Concat: Rule = ({ g, node, dy, dims, inputs, wants }) => {
  const { axis } = plainAttributes<{ axis: number }>(node) as { axis: number };
  const sizes = inputs.map((input) => dims(input).at(axis) as number);
  const ends = sizes.map((_, position) => sizes.slice(0, position + 1).reduce((a, b) => a + b));
  return inputs.map((_, position) =>
    wants(position) ? g.slice(dy, [ends[position] - sizes[position]], [ends[position]], [axis]) : undefined,
  );
};

export const Split: Rule = ({ g, node, dys }) => {
  const { axis = 0 } = plainAttributes<{ axis: number }>(node);
  return [g.op('Concat', dys, { axis })];
};

export const Expand: Rule = ({ g, dy, dims, inputs: [x], outputs: [y] }) => [
  sumToShape(g, dy, dims(y), dims(x)),
];

/** The repetitions become axes of their own, over which dy is summed. */
export const Tile: Rule = ({ g, dy, dims, inputs: [x], outputs: [y] }) => {
  const shape = dims(x).flatMap((size, axis) => [size === 0 ? 1 : dims(y)[axis] / size, size]);
  const repetitions = dims(x).map((_, axis) => 2 * axis);
  return [g.reduce('ReduceSum', g.reshape(dy, shape), repetitions, false)];
};

/** What the forward node cuts off has no part in the loss. */
export const Trilu: Rule = ({ g, node, dy, inputs: [, k] }) => {
  const { upper = 1 } = plainAttributes<{ upper: number }>(node);
  return [g.op('Trilu', k ? [dy, k] : [dy], { upper })];
};

/** As inference runs it, or at the ratio 0 that some exports of transformers leave in training mode, Dropout changes nothing. */
export const Dropout: Rule = (backward) => {
  if (fixedInput(backward, 2)?.[0] && fixedInput(backward, 1)?.[0] !== 0)
    throw new SinterError(
      'unsupported',
      `${describeNode(backward.node)}: gradients cover Dropout as inference runs it, got training_mode true.`,
    );
  return [backward.dy];
};
