/** When a validation score has stopped improving. Scores are one an epoch, higher is better; equal ones are no improvement. */

/** The epoch (from 0) with the highest score, the first of equal ones; −1 without scores. */
export function bestEpoch(scores: readonly number[]): number {
  return scores.reduce((best, score, epoch) => (best < 0 || score > scores[best] ? epoch : best), -1);
}

/**
 * The epoch that begins when for the first time `patience` epochs have gone by without a score above all before them;
 * undefined while that has not happened. Scores that come later never change it.
 */
export function plateauEnd(scores: readonly number[], patience: number): number | undefined {
  const end = scores.findIndex((_, epoch) => epoch - bestEpoch(scores.slice(0, epoch + 1)) >= patience);
  return end < 0 ? undefined : end + 1;
}
