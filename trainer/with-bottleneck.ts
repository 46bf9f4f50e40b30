/** A network with its bottleneck behind it: where training goes on to the loss, and an export to unit length. */
import { seededRandom } from '../retrieval/random.ts';
import { FEATURES, type Network } from './backbones/network.ts';
import { appendBottleneck, type BottleneckStart } from './heat/head.ts';
import { VARIANTS } from './heat/variants.ts';
import { copyGraph, type Value } from './onnx/graph.ts';
import { GraphBuilder } from './onnx/graph-builder.ts';
import type { Recipe } from './recipe.ts';

/** A copy of the network's graph, without outputs as yet, that goes on to `embedding` [N, dim], not of unit length. */
export function withBottleneck(
  network: Network,
  { variant, dim, seed }: Recipe,
  name: string,
  start?: BottleneckStart,
): { g: GraphBuilder; embedding: Value } {
  const g = new GraphBuilder({ ...copyGraph(network.graph), name, outputs: [] });
  const random = seededRandom(seed, 'bottleneck');
  const { head } = VARIANTS[variant];
  return { g, embedding: appendBottleneck(g, FEATURES, network.featureDim, dim, head, random, start) };
}
