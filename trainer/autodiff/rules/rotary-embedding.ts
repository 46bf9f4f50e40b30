/** The gradient of RotaryEmbedding, by which newer exports of transformers turn queries and keys by their positions. */
import { SinterError } from '../../../retrieval/errors.ts';
import { describeNode } from '../../onnx/graph.ts';
import type { Rule } from '../rule.ts';

/**
 * Pairs of numbers are turned by an angle, so dy is turned back: the same operator with −sin, whichever numbers are paired.
 * @source Su et al., arXiv 2104.09864.
 */
export const RotaryEmbedding: Rule = ({ g, node, dy, inputs: [, cos, sin, ...positions], wants }) => {
  if (wants(1) || wants(2))
    throw new SinterError('unsupported', `${describeNode(node)}: gradients do not cover trained angles.`);
  const back = [dy, cos, g.op('Neg', [sin]), ...positions];
  return [g.op('RotaryEmbedding', back, node.attributes)];
};
