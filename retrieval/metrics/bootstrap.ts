/** How far a mean over queries may be from the truth: the percentile bootstrap (Efron, 1979). Knows nothing of what is counted. */
import { SinterError } from '../errors.ts';
import type { Random } from '../random.ts';

/** A mean and the ends of its 95% interval. */
export type Interval = { mean: number; low: number; high: number };

const RESAMPLES = 2000;

/**
 * The mean of `values`, one a query, and its 95% interval over resamples of the queries. Of two models judged on the same
 * queries give the differences: then the interval is the paired one, far narrower than two of their own.
 * Throws `bad-input` without values.
 */
export function bootstrapMean(values: ArrayLike<number>, random: Random, resamples = RESAMPLES): Interval {
  const count = values.length;
  if (count === 0) throw new SinterError('bad-input', 'Expected values to take the mean of; got none.');
  const means = new Float64Array(resamples);
  for (let sample = 0; sample < resamples; sample++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[random.integer(count)] as number;
    means[sample] = sum / count;
  }
  means.sort();
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i] as number;
  return { mean: sum / count, low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

/** By linear interpolation between the two nearest of `sorted`. */
function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const [below, rest] = [Math.floor(place), place % 1];
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + rest * (high - low);
}
