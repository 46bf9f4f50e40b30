/** Pools over blocked maps. */
import type { Node } from '../onnx/graph.ts';
import type { BlockedGraph } from './blocked-graph.ts';

/** GlobalAveragePool of a blocked map; false where its input is not blocked. */
export function appendPool(b: BlockedGraph, node: Node): boolean {
  const [x] = node.inputs;
  if (!b.isBlocked(x)) return false;
  b.setBlocked(node.outputs[0], b.op('GlobalAveragePool', [b.blocked(x)]));
  return true;
}
