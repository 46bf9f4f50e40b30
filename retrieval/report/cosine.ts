/** The cosine of two rows. */
import type { Embeddings } from './judged.ts';

/** Of the unit rows i and j, −1 to 1. */
export function cosine({ vectors, dim }: Embeddings, i: number, j: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += vectors[i * dim + d] * vectors[j * dim + d];
  return sum;
}
