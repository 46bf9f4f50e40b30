/** Grey images in memory as samples, without augmentation. */
import { PIXELS } from '../../trainer/backbones/network.ts';
import type { Samples } from '../../trainer/data/samples.ts';
import { tensor } from '../../trainer/onnx/tensor.ts';
import type { GreyImages } from './fashion-mnist.ts';

/** Batches are uint8 [N, size, size, 1]. */
export function greySamples({ pixels, size, labels }: GreyImages): Samples {
  const bytes = size * size;
  return {
    input: PIXELS,
    labels,
    async batch(numbers) {
      const data = new Uint8Array(numbers.length * bytes);
      for (const [row, number] of numbers.entries())
        data.set(pixels.subarray(number * bytes, (number + 1) * bytes), row * bytes);
      return tensor('uint8', data, [numbers.length, size, size, 1]);
    },
  };
}
