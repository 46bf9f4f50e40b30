/** What a decoder does, in a process of its own or not. */
import { decodeImage } from './decode.ts';
import type { Pixels } from './pixels.ts';
import { shrinkImage } from './shrink.ts';

export const decoderMethods = {
  /** Tells that the process is there. */
  ready: () => true,
  /** As `decodeImage`, and how long it took in ms. */
  async decode(...args: Parameters<typeof decodeImage>): Promise<Pixels & { decodeMs: number }> {
    const start = performance.now();
    const pixels = await decodeImage(...args);
    return { ...pixels, decodeMs: performance.now() - start };
  },
  shrink: shrinkImage,
};
export type DecoderMethods = typeof decoderMethods;
