/** Gradients of operators that move pixels between channels and space, each other's inverses. */
import { plainAttributes } from '../../onnx/graph.ts';
import type { Rule } from '../rule.ts';

/** In mode DCR a block's pixels are the outer part of the channels, in CRD the inner one. */
export const DepthToSpace: Rule = ({ g, node, dy, dims, inputs: [x] }) => {
  const { blocksize: block = 1, mode = 'DCR' } = plainAttributes<{ blocksize: number; mode: string }>(node);
  if (mode === 'DCR') return [g.op('SpaceToDepth', [dy], { blocksize: block })];
  const [batch, channels, height, width] = dims(x);
  const blocks = g.reshape(dy, [batch, channels / block ** 2, height, block, width, block]);
  return [g.reshape(g.transpose(blocks, [0, 1, 3, 5, 2, 4]), dims(x))];
};

export const SpaceToDepth: Rule = ({ g, node, dy }) => {
  const { blocksize = 1 } = plainAttributes<{ blocksize: number }>(node);
  return [g.op('DepthToSpace', [dy], { blocksize })];
};
