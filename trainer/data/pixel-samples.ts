/** Pixels of a store as samples: augmented views for training, the centre without chance. */
import { PIXELS } from '../backbones/network.ts';
import { tensor } from '../onnx/tensor.ts';
import { type Augmentation, centreView, drawView } from './augment.ts';
import type { PixelStore } from './pixel-store.ts';
import type { Samples } from './samples.ts';

/** @param size side of the square views in pixels, at most the store's. */
export function pixelSamples(
  store: PixelStore,
  labels: Int32Array,
  size: number,
  augmentation: Augmentation,
): Samples {
  const source = { data: new Uint8Array(store.size * store.size * 3), size: store.size };
  const bytes = size * size * 3;
  return {
    input: PIXELS,
    labels,
    async batch(numbers, random) {
      const data = new Uint8Array(numbers.length * bytes);
      for (const [row, number] of numbers.entries()) {
        const target = { data: data.subarray(row * bytes, (row + 1) * bytes), size };
        await store.read(number, source.data);
        if (random) drawView(source, target, augmentation, random);
        else centreView(source, target);
      }
      return tensor('uint8', data, [numbers.length, size, size, 3]);
    },
  };
}
