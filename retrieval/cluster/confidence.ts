/**
 * How sure it is that a vector belongs to one of several directions: its share in a mixture of von Mises-Fisher
 * distributions of equal weight and concentration (Banerjee et al., JMLR 6, 2005), which is what k-means on the sphere fits.
 */

/** Directions that are compared: farther ones add nothing. */
export const COMPARED_DIRECTIONS = 8;

/** Beyond, the exponentials say no more than sure or not. */
const MOST_CONCENTRATED = 1e4;

/** The concentration κ of vectors whose mean cosine to their direction is `cohesion` (there, equation 4.4). */
export function concentrationOf(cohesion: number, dim: number): number {
  const r = Math.max(0, cohesion);
  return Math.min(MOST_CONCENTRATED, (r * (dim - r * r)) / Math.max(1e-9, 1 - r * r));
}

/** The share of the first of these cosines to directions, which should be the largest; 0 to 1. */
export function shareOfFirst(similarities: ArrayLike<number>, concentration: number): number {
  let sum = 0;
  for (let i = 0; i < similarities.length; i++)
    sum += Math.exp(concentration * (similarities[i] - similarities[0]));
  return 1 / sum;
}
