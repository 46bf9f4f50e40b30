/** The order in which an epoch goes through the samples. */
import { type Random, shuffled } from '../../retrieval/random.ts';

/**
 * All numbers below `count` in random order, in batches of equal size: the last one is filled up from the epoch's
 * beginning, so that a step always has the same shape and no sample is left out.
 */
export function epochBatches(count: number, batchSize: number, random: Random): number[][] {
  const order = shuffled(
    Array.from({ length: count }, (_, i) => i),
    random,
  );
  const batches = Math.ceil(count / batchSize);
  return Array.from({ length: batches }, (_, batch) =>
    Array.from({ length: batchSize }, (_, i) => order[(batch * batchSize + i) % count]),
  );
}
