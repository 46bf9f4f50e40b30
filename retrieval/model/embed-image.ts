/** From the bytes of an image to its vector: decoded by the input rule of a graph, run by its embedder, timed. */
import type { Embedder } from '../embed/embedder.ts';
import { type DecodeOptions, decodeImage } from '../image/decode.ts';
import type { InputRule } from '../image/pixels.ts';
import { stopIfAborted } from '../progress.ts';
import { machineCores } from '../threads/cores.ts';
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
  stopIfAborted(signal);
  const arrived = performance.now();
  const { data, waitedMs, decodeMs } = await machineCores.share(async () => {
    stopIfAborted(signal);
    const start = performance.now();
    const pixels = await decodeImage(image, rule, options);
    return { data: pixels.data, waitedMs: start - arrived, decodeMs: performance.now() - start };
  });
  const { vector, queueMs, runMs, batchSize } = await embedder.embed(data, signal);
  return { vector, timings: { decodeMs, queueMs: waitedMs + queueMs, embedMs: runMs }, batchSize };
}
