/** Halves a list of classes by seed: one half to train on, the other unseen. Knows nothing of what a class is. */
import { createHash } from 'node:crypto';

/**
 * Shuffles by the hash of seed and name, then halves (the first half takes the odd one).
 * The order of the input does not matter, and a class more or less moves few others.
 */
export function splitClasses<T extends { slug: string }>(
  classes: T[],
  seed: number,
): { train: T[]; test: T[] } {
  const rank = ({ slug }: T) => createHash('sha256').update(`${seed}:${slug}`).digest('hex');
  const shuffled = classes
    .map((one) => ({ one, rank: rank(one) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ one }) => one);
  const half = Math.ceil(shuffled.length / 2);
  return { train: shuffled.slice(0, half), test: shuffled.slice(half) };
}
