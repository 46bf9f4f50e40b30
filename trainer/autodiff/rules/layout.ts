/** Gradients of operators that move elements without changing them. */
import { plainAttributes } from '../../onnx/graph.ts';
import type { Rule } from '../rule.ts';

export const Reshape: Rule = ({ g, dy, dims, inputs: [x] }) => [g.reshape(dy, dims(x))];

export const Flatten = Reshape;

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
