/** A bundle that is open: images in, unit vectors out. */
import type { ModelCard } from './bundle-format.ts';

export type EmbeddedImage = {
  /** float32 [dim], unit length. */
  vector: Float32Array;
  timings: { decodeMs: number; queueMs: number; embedMs: number };
};

export interface Model {
  readonly card: ModelCard;
  /** The sha256 of the graph, which names the model in galleries. */
  readonly id: string;
  /** Decodes by the bundle's input rule and embeds. Rejects with `bad-image`, `not-an-image` or `queue-full`. */
  embedImage(image: Uint8Array, signal?: AbortSignal): Promise<EmbeddedImage>;
  close(): Promise<void>;
}
