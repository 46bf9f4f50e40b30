/** A backbone as the trainer sees it: a graph from pixels to features, and which of its values training may change. */
import type { Graph, Value } from '../onnx/graph.ts';

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
