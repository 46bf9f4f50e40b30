/** Features of a frozen backbone as samples: computed once, kept in memory. */
import { FEATURES } from '../backbones/network.ts';
import { type Tensor, tensor } from '../onnx/tensor.ts';
import type { Samples } from './samples.ts';

/** @param features float32 [labels.length, dim]. */
export function featureSamples(features: Float32Array, labels: Int32Array): Samples {
  const dim = features.length / labels.length;
  return {
    input: FEATURES,
    labels,
    async batch(numbers): Promise<Tensor> {
      const data = new Float32Array(numbers.length * dim);
      numbers.forEach((number, row) => {
        data.set(features.subarray(number * dim, (number + 1) * dim), row * dim);
      });
      return tensor('float32', data, [numbers.length, dim]);
    },
  };
}
