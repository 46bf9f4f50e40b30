/**
 * Measures two things in turns within one run. What else the machine does then slows both, so that their ratio says more
 * than two figures from two runs.
 */
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';

/** Does round `round` of one side and answers how long it took, in ms. */
export type Side = (round: number) => Promise<number>;

export type Pairs = { ours: number[]; theirs: number[] };

/** Measures both sides in each of `rounds` rounds; which goes first changes from round to round. */
export async function inPairs(
  stage: string,
  rounds: number,
  ours: Side,
  theirs: Side,
  { onProgress, signal }: LongWork = {},
): Promise<Pairs> {
  const pairs: Pairs = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round++) {
    stopIfAborted(signal);
    if (round % 2 === 0) pairs.ours.push(await ours(round));
    pairs.theirs.push(await theirs(round));
    if (round % 2 === 1) pairs.ours.push(await ours(round));
    onProgress?.({ stage, done: round + 1, total: rounds });
  }
  return pairs;
}

/** The middle of the ratios ours ÷ theirs of each pair. */
export function medianRatio({ ours, theirs }: Pairs): number {
  return quantile(
    ours.map((value, i) => value / (theirs[i] as number)),
    0.5,
  );
}

/** The value below which the share `q`, 0 to 1, of the values lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] as number;
}

/** How long `work` takes, in ms. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
