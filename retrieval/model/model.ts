/** A bundle that is open: images in, unit vectors out. */
import type { Load, RunPlan } from '../embed/embedder.ts';
import type { Crop } from '../image/pixels.ts';
import type { ModelCard } from './bundle-format.ts';

export type EmbeddedImage = {
  /** float32 [dim], unit length. */
  vector: Float32Array;
  timings: { decodeMs: number; queueMs: number; embedMs: number };
  /** Images that shared the run of the graph. */
  batchSize: number;
};

/** Whatever turns an image's bytes into a vector: a model, or the backbone that one is trained on. */
export interface ImageEmbedder {
  /** Most images that are embedded at the same time: whoever has many keeps some more than that on their way. */
  readonly atOnce: number;
  /** Decodes by its input rule and embeds. Rejects with `bad-image`, `not-an-image` or `queue-full`. */
  embedImage(image: Uint8Array, signal?: AbortSignal): Promise<EmbeddedImage>;
}

export interface Model extends ImageEmbedder {
  readonly card: ModelCard;
  /** The sha256 of the graph, which names the model in galleries. */
  readonly id: string;
  /** `crop`: the part of the image to embed, instead of the whole. */
  embedImage(image: Uint8Array, signal?: AbortSignal, crop?: Crop): Promise<EmbeddedImage>;
  /** Where it runs, in how many sessions. */
  readonly plan: RunPlan;
  /** How busy it is now. */
  load(): Load;
  /** Tells `listener` of every image that is embedded from now on. */
  observe(listener: (embedded: EmbeddedImage) => void): void;
  close(): Promise<void>;
}
