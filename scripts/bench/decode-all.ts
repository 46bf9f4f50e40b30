/** Decodes images and throws their pixels away, as many at a time as keep the decoders busy. */
import type { Decoders } from '../../retrieval/image/decoders.ts';
import type { InputRule } from '../../retrieval/image/pixels.ts';

/** `count` of the images, by default each once, in turn. */
export async function decodeAll(
  decoders: Decoders,
  images: readonly Uint8Array[],
  { rule, count = images.length }: { rule: InputRule; count?: number },
): Promise<void> {
  let next = 0;
  const decodeRest = async () => {
    while (next < count) await decoders.decode(images[next++ % images.length] as Uint8Array, rule);
  };
  await Promise.all(Array.from({ length: decoders.atOnce }, decodeRest));
}
