/** What the training loop draws its batches from: samples under numbers, whether pixels to augment or features computed before. */
import type { Random } from '../../retrieval/random.ts';
import type { Value } from '../onnx/graph.ts';
import type { Tensor } from '../onnx/tensor.ts';

export interface Samples {
  /** The graph input that a batch feeds. */
  readonly input: Value;
  /** The class number of every sample, int32 [count]; −1 for classes that are not trained on. */
  readonly labels: Int32Array;
  /** The samples of these numbers as a tensor; augmented with `random`, as they are without it. */
  batch(numbers: readonly number[], random?: Random): Promise<Tensor>;
}

/** The samples of these numbers, numbered anew from 0. */
export function subset(samples: Samples, chosen: readonly number[]): Samples {
  return {
    input: samples.input,
    labels: Int32Array.from(chosen, (number) => samples.labels[number]),
    batch: (numbers, random) =>
      samples.batch(
        numbers.map((number) => chosen[number]),
        random,
      ),
  };
}

/** The numbers of all samples in order. */
export function everySample({ labels }: Samples): number[] {
  return Array.from(labels, (_, number) => number);
}
