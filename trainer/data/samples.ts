/** What the training loop draws its batches from: samples under numbers, whether pixels to augment or features computed before. */
import type { Random } from '../../retrieval/random.ts';
import type { Value } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';

export interface Samples {
  /** The graph input that a batch feeds. */
  readonly input: Value;
  /** The class number of every sample, int32 [count]. */
  readonly labels: Int32Array;
  /** The samples of these numbers as a tensor; augmented with `random`, as they are without it. */
  batch(numbers: readonly number[], random?: Random): Promise<Tensor>;
}
