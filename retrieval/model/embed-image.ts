/** From the bytes of an image to its vector: decoded by the input rule of a graph, run by its embedder, timed. */
import type { Embedder } from '../embed/embedder.ts';
import type { DecodeOptions } from '../image/decode.ts';
import { decoders } from '../image/decoders.ts';
import type { InputRule } from '../image/pixels.ts';
import type { EmbeddedImage } from './model.ts';

/**
 * Rejects with `bad-image`, `not-an-image` or `queue-full`; an aborted signal drops it while it waits. What waits for a core
 * to decode it is a file of kilobytes and not yet pixels.
 */
export async function embedImage(
  embedder: Embedder,
  rule: InputRule,
  image: Uint8Array,
  signal?: AbortSignal,
  options?: DecodeOptions,
): Promise<EmbeddedImage> {
  const { data, waitedMs, decodeMs } = await decoders.decode(image, rule, { ...options, signal });
  const { vector, queueMs, runMs, batchSize } = await embedder.embed(data, signal);
  return { vector, timings: { decodeMs, queueMs: waitedMs + queueMs, embedMs: runMs }, batchSize };
}
