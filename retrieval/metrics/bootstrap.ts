/** How far a mean over queries may be from the truth: the percentile bootstrap (Efron, 1979). Knows nothing of what is counted. */
import { setImmediate } from 'node:timers/promises';
import { SinterError } from '../errors.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import type { Random } from '../random.ts';

/** A mean and the ends of its 95% interval. */
export type Interval = { mean: number; low: number; high: number };

/** How often whatever is resampled is drawn. */
export const RESAMPLES = 2000;
/** Draws between two turns of the event loop. */
export const DRAWS_A_TURN = 200_000;

/**
 * The mean of `values`, one a query, and its 95% interval over resamples of the queries. Of two models judged on the same
 * queries give the differences: then the interval is the paired one, far narrower than two of their own.
 * Throws `bad-input` without values.
 */
export function bootstrapMean(values: ArrayLike<number>, random: Random, resamples = RESAMPLES): Interval {
  requireSome(values.length);
  const means = new Float64Array(resamples);
  for (let sample = 0; sample < resamples; sample++)
    means[sample] = resampledMeans([values], random)[0] as number;
  return intervalOf(values, means);
}

/**
 * The same of several figures of the same queries, by the same resamples; values that are NaN do not count.
 * Throws `interrupted` besides.
 */
export async function bootstrapMeans(
  columns: readonly ArrayLike<number>[],
  random: Random,
  { signal, onProgress }: LongWork = {},
  resamples = RESAMPLES,
): Promise<Interval[]> {
  const count = columns[0]?.length ?? 0;
  requireSome(count);
  const means = columns.map(() => new Float64Array(resamples));
  const perTurn = Math.max(1, Math.floor(DRAWS_A_TURN / count));
  for (let sample = 0; sample < resamples; sample++) {
    resampledMeans(columns, random).forEach((mean, i) => {
      (means[i] as Float64Array)[sample] = mean;
    });
    if (sample % perTurn !== perTurn - 1 && sample < resamples - 1) continue;
    onProgress?.({ stage: 'resampling', done: sample + 1, total: resamples });
    await setImmediate();
    stopIfAborted(signal);
  }
  return columns.map((values, i) => intervalOf(values, means[i] as Float64Array));
}

function requireSome(count: number): void {
  if (count === 0) throw new SinterError('bad-input', 'Expected values to take the mean of; got none.');
}

/** One resample of the queries, and the mean of each column over it. */
function resampledMeans(columns: readonly ArrayLike<number>[], random: Random): number[] {
  const count = (columns[0] as ArrayLike<number>).length;
  const drawn = new Int32Array(count);
  for (let i = 0; i < count; i++) drawn[i] = random.integer(count);
  return columns.map((values) => {
    let [sum, counted] = [0, 0];
    for (let i = 0; i < count; i++) {
      const value = values[drawn[i] as number] as number;
      if (Number.isNaN(value)) continue;
      sum += value;
      counted++;
    }
    return sum / counted;
  });
}

/** Resamples in which nothing counted are left out. */
function intervalOf(values: ArrayLike<number>, resampled: Float64Array): Interval {
  const means = resampled.filter((mean) => !Number.isNaN(mean)).sort();
  return { mean: mean(values), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/** The mean of the values that are numbers. */
export function mean(values: ArrayLike<number>): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}

/** By linear interpolation between the two nearest of `sorted`. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [below, rest] = [Math.floor(place), place % 1];
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + rest * (high - low);
}
