/** Weights that are trained alike: a backbone and a head, say, that learn at different rates. */
import type { Value } from '../onnx/graph.ts';

export type ParameterGroup = {
  /** Names of initializers of the forward graph. */
  names: Value[];
  /** Factor on the step's learning rate; 0 freezes the group, which then is not differentiated either. */
  rate: number;
  /** For matrices and kernels only: biases, scales and shifts (all of one dimension) never decay. */
  weightDecay: number;
  /**
   * What the group's BatchNormalizations go by, those whose scale or shift is in it: `trained`, the default, the statistics
   * of the batch, moving the running ones; `frozen` the running ones, as is usual where batches are small. Norms without a
   * trained value are always frozen.
   */
  norms?: 'trained' | 'frozen';
};

export function namesOf(groups: ParameterGroup[]): Value[] {
  return groups.flatMap(({ names }) => names);
}
