/** Embeddings as an index with coarser numbers would hold them, read back as floats. */

/** Steps of int8 on either side of 0. */
const STEPS = 127;

/** Rounded to 255 steps that the largest number of all spans. */
export function toInt8(vectors: Float32Array): Float32Array {
  const most = vectors.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const step = most / STEPS || 1;
  return vectors.map((value) => Math.round(value / step) * step);
}

/** Only the sign of each number, at unit length. */
export function toBinary(vectors: Float32Array, dim: number): Float32Array {
  const size = 1 / Math.sqrt(dim);
  return vectors.map((value) => (value < 0 ? -size : size));
}
