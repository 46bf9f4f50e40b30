/** Images that a report shows, and their embeddings. Knows nothing of how they look. */

export type ReportedImage = { path: string; label: string };

/** Unit rows, float32 [images, dim]. */
export type Embeddings = { dim: number; vectors: Float32Array };

/** What was searched among what. */
export type Sides = {
  /** All that take part. */
  images: readonly ReportedImage[];
  /** Positions in `images`; at least two, or one with references. */
  queries: readonly number[];
  /** Positions in `images` that are searched; without them the queries are searched among each other, each without itself. */
  references?: readonly number[];
};
