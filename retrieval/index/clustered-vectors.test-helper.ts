/** Unit vectors in clusters, as embeddings of labelled images are, from a seed. */
import type { Slot } from './vector-index.ts';

export type Clustered = {
  slots: Slot[];
  vectors: Float32Array;
  /** The vector of row `i`. */
  row(i: number): Float32Array;
};

/** `count` vectors of length `dim` around `clusters` centres; `spread` is the length of the noise beside a centre's 1. */
export function clusteredVectors(
  count: number,
  dim: number,
  clusters = 50,
  spread = 0.7,
  seed = 1,
): Clustered {
  const random = seededRandom(seed);
  const centres = Array.from({ length: clusters }, () => unit(gaussians(dim, random)));
  const vectors = new Float32Array(count * dim);
  for (let i = 0; i < count; i++) {
    const centre = centres[i % clusters]!;
    const noise = gaussians(dim, random);
    vectors.set(unit(centre.map((value, j) => value + (spread / Math.sqrt(dim)) * noise[j]!)), i * dim);
  }
  const slots = Array.from({ length: count }, (_, i) => (i + 1) as Slot);
  return { slots, vectors, row: (i) => vectors.subarray(i * dim, (i + 1) * dim) };
}

/** Mulberry32: uniform in 0 to 1, the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function gaussians(dim: number, random: () => number): Float32Array {
  return Float32Array.from(
    { length: dim },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
