/** A backbone as the trainer sees it: a graph from pixels to features, its layers, and which of its values training may change. */
import { SinterError } from '../../retrieval/errors.ts';
import { nodesWithoutRule } from '../autodiff/append-gradients.ts';
import { describeNode, emptyGraph, type Graph, type Value, type ValueInfo } from '../onnx/graph.ts';
import type { Layer } from './layers.ts';

export type Network = {
  name: string;
  /** Input `pixels` uint8 [N, inputSize, inputSize, 3], output `features` float32 [N, featureDim]; for features computed beforehand `features` is the input. */
  graph: Graph;
  /** Everything that could be trained, from the input to the features. */
  layers: Layer[];
  /** Names of the initializers that are trained; empty for a frozen backbone. */
  parameters: Value[];
  featureDim: number;
  inputSize: number;
};

export const PIXELS = 'pixels';
export const FEATURES = 'features';

/** How much of a network is trained: nothing but the head behind it, everything, or its last layers. */
export type Scope = 'head' | 'all' | { last: number };

/**
 * The network with the parameters of this scope as its `parameters`. A layer's norm, bias and embeddings come along with it;
 * of more layers than there are, all are taken.
 * @throws SinterError `unsupported`, naming every node in the way of their gradients that has no rule; `bad-input` for a scope of no layers.
 */
export function withScope(network: Network, scope: Scope): Network {
  const parameters = layersOf(network, scope).flatMap((layer) => layer.parameters);
  const missing = nodesWithoutRule(network.graph, FEATURES, parameters);
  if (missing.length > 0)
    throw new SinterError(
      'unsupported',
      `${missing.length} node(s) of ${network.name} have no gradient rule: ${missing.map(describeNode).join('; ')}. Train fewer layers, or the head alone.`,
    );
  return { ...network, parameters };
}

function layersOf({ layers }: Network, scope: Scope): Layer[] {
  if (scope === 'head') return [];
  if (scope === 'all') return layers;
  if (!Number.isInteger(scope.last) || scope.last < 1)
    throw new SinterError('bad-input', `Expected the last 1 or more layers to train, got ${scope.last}.`);
  return layers.slice(-scope.last);
}

/**
 * The network behind its features: an empty graph whose input is what was computed beforehand. It is of today's operator
 * set, whatever the backbone's, since training needs operators that older ones lack.
 */
export function featuresAsInput({ name, featureDim, inputSize }: Network): Network {
  const input: ValueInfo = { name: FEATURES, dtype: 'float32', dims: ['N', featureDim] };
  const graph = { ...emptyGraph(name), inputs: [input] };
  return { name, featureDim, inputSize, layers: [], parameters: [], graph };
}

/** Number of float elements in the graph: its weights and their like. */
export function countParameters({ initializers }: Graph): number {
  const weights = [...initializers.values()].filter(({ dtype }) => dtype === 'float32');
  return weights.reduce((sum, { data }) => sum + data.length, 0);
}
