/** A network with its bottleneck behind it: where training goes on to the loss, and an export to unit length. */
import { seededRandom } from '../retrieval/random.ts';
import { FEATURES, type Network } from './backbones/network.ts';
import { appendBottleneck, BOTTLENECK_BIAS, BOTTLENECK_WEIGHT } from './heat/head.ts';
import { VARIANTS } from './heat/variants.ts';
import { copyGraph, type Value } from './onnx/graph.ts';
import { GraphBuilder } from './onnx/graph-builder.ts';
import type { Tensor } from './onnx/tensor.ts';
import type { Recipe } from './recipe.ts';

/** Where a bottleneck starts: weight [dim, F] and bias [dim]. */
export type Bottleneck = { weight: Tensor; bias: Tensor };

/** A copy of the network's graph, without outputs as yet, that goes on to `embedding` [N, dim], not of unit length. */
export function withBottleneck(
  network: Network,
  { variant, dim, seed }: Recipe,
  name: string,
  start?: Bottleneck,
): { g: GraphBuilder; embedding: Value } {
  const g = new GraphBuilder({ ...copyGraph(network.graph), name, outputs: [] });
  const random = seededRandom(seed, 'bottleneck');
  const { head } = VARIANTS[variant];
  const embedding = appendBottleneck(g, FEATURES, network.featureDim, dim, head, random);
  if (start) {
    g.graph.initializers.set(BOTTLENECK_WEIGHT, start.weight);
    g.graph.initializers.set(BOTTLENECK_BIAS, start.bias);
  }
  return { g, embedding };
}
