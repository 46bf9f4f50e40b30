/** A backbone as the trainer sees it: a graph from pixels to features, and which of its values training may change. */
import { emptyGraph, type Graph, type Value, type ValueInfo } from '../onnx/graph.ts';

export type Network = {
  name: string;
  /** Input `pixels` uint8 [N, inputSize, inputSize, 3], output `features` float32 [N, featureDim]; for features computed beforehand `features` is the input. */
  graph: Graph;
  /** Names of the initializers that are trained; empty for a frozen backbone. */
  parameters: Value[];
  featureDim: number;
  inputSize: number;
};

export const PIXELS = 'pixels';
export const FEATURES = 'features';

/**
 * The network behind its features: an empty graph whose input is what was computed beforehand. It is of today's operator
 * set, whatever the backbone's, since training needs operators that older ones lack.
 */
export function featuresAsInput({ name, featureDim, inputSize }: Network): Network {
  const input: ValueInfo = { name: FEATURES, dtype: 'float32', dims: ['N', featureDim] };
  return { name, featureDim, inputSize, parameters: [], graph: { ...emptyGraph(name), inputs: [input] } };
}

/** Number of float elements in the graph: its weights and their like. */
export function countParameters({ initializers }: Graph): number {
  const weights = [...initializers.values()].filter(({ dtype }) => dtype === 'float32');
  return weights.reduce((sum, { data }) => sum + data.length, 0);
}
