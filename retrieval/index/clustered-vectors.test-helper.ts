/** Unit vectors in clusters, as embeddings of labelled images are, from a seed. */
import { type Random, seededRandom } from '../random.ts';
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
    const centre = centres[i % clusters];
    const noise = gaussians(dim, random);
    vectors.set(unit(centre.map((value, j) => value + (spread / Math.sqrt(dim)) * noise[j])), i * dim);
  }
  const slots = Array.from({ length: count }, (_, i) => (i + 1) as Slot);
  return { slots, vectors, row: (i) => vectors.subarray(i * dim, (i + 1) * dim) };
}

function gaussians(dim: number, random: Random): Float32Array {
  return Float32Array.from({ length: dim }, random.normal);
}

function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}
