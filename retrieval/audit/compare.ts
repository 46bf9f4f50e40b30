/** Two models judged on the same queries: the paired difference of every figure, and what it says. */
import { SinterError } from '../errors.ts';
import { clusterDifferences } from '../metrics/cluster-figures.ts';
import { figureIntervals } from '../metrics/named-figures.ts';
import type { LongWork } from '../progress.ts';
import { seededRandom } from '../random.ts';
import type { Audited } from './audit.ts';
import type { ClusterJudgement } from './judge-clusters.ts';

/** `better` and `worse` where the 95% interval of the difference leaves no doubt. */
export type Verdict = 'better' | 'worse' | 'no clear difference';

/** The audited model less the other, and the ends of the 95% interval of that difference. */
export type Difference = { value: number; low: number; high: number; verdict: Verdict };

/** By the name of the figure. */
export type Comparison = Record<string, Difference>;

/**
 * Resamples the differences of the queries, which tells models apart that the intervals of their own do not.
 * Throws `bad-input` where the two were not judged on the same images.
 */
export async function compareAudits(
  audited: Audited,
  other: Audited,
  seed = 1,
  work?: LongWork,
): Promise<Comparison> {
  requireSameImages(audited, other);
  const differences = audited.named.flatMap(({ name, values }) => {
    const others = other.named.find((figure) => figure.name === name)?.values;
    return others ? [{ name, values: values.map((value, i) => value - (others[i] as number)) }] : [];
  });
  const intervals = await figureIntervals(differences, seededRandom(seed, 'differences'), work);
  return Object.fromEntries(
    Object.entries(intervals).map(([name, { mean, low, high }]) => [
      name,
      { value: mean, low, high, verdict: verdictOf(low, high) },
    ]),
  );
}

/** The differences of the figures of clusters, of two models judged on the same images by the same seed. */
export function compareClusters(ours: ClusterJudgement, theirs: ClusterJudgement): Comparison {
  const differences = Object.entries(clusterDifferences(ours.sample, theirs.sample));
  return Object.fromEntries(
    differences.map(([name, { value, low, high }]) => [
      name,
      { value, low, high, verdict: verdictOf(low, high) },
    ]),
  );
}

export function verdictOf(low: number, high: number): Verdict {
  if (low > 0) return 'better';
  return high < 0 ? 'worse' : 'no clear difference';
}

function requireSameImages({ sides: a }: Audited, { sides: b }: Audited): void {
  for (const side of ['queries', 'references'] as const) {
    const [one, two] = [a[side]?.images ?? [], b[side]?.images ?? []];
    if (one.length === two.length && one.every(({ id }, i) => id === two[i]?.id)) continue;
    throw new SinterError(
      'bad-input',
      `Expected both models to be audited on the same ${side}; got ${one.length} and ${two.length} images.`,
    );
  }
}
