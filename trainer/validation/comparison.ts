/** Whether training was worth it: the trained embedding against the features of the backbone as it came, on the same held-out images. */
import { bootstrapMean, type Interval } from '../../retrieval/metrics/bootstrap.ts';
import { seededRandom } from '../../retrieval/random.ts';
import { type Hits, PROTOCOLS, type ProtocolName } from './validation.ts';

export type Comparison = {
  protocol: ProtocolName;
  queries: number;
  /** Recall@1 of the trained embedding, 0 to 1. */
  trained: Interval;
  /** Of the backbone's features, and by how much the trained embedding is better, query by query; absent for a network from nothing. */
  frozen?: Interval;
  gain?: Interval;
};

/** Intervals are over queries, 95%. */
export function compare(trained: Hits, frozen: Hits | undefined, seed: number): Comparison[] {
  return PROTOCOLS.flatMap((protocol) => {
    const [ours, theirs] = [trained[protocol], frozen?.[protocol]];
    if (!ours) return [];
    const interval = (values: ArrayLike<number>) => bootstrapMean(values, seededRandom(seed, 'bootstrap'));
    const comparison = { protocol, queries: ours.length, trained: interval(ours) };
    if (!theirs) return [comparison];
    const gains = Array.from(ours, (hit, query) => hit - theirs[query]);
    return [{ ...comparison, frozen: interval(theirs), gain: interval(gains) }];
  });
}

const WHERE: Record<ProtocolName, string> = {
  open: 'images of classes that training never saw',
  closed: 'new images of the classes trained on',
};

/** One sentence a protocol. */
export function describeComparison({ protocol, queries, trained, frozen, gain }: Comparison): string {
  const about = `On ${queries} ${WHERE[protocol]}, recall@1 is ${percent(trained.mean)}`;
  if (!frozen || !gain) return `${about} (95% interval ${percent(trained.low)} to ${percent(trained.high)}).`;
  return `${about}, ${points(gain.mean)} against the frozen backbone's ${percent(frozen.mean)} (95% interval ${points(gain.low)} to ${points(gain.high)}).`;
}

/** What a user must be told: where the trained embedding is not better than what it started from, or not surely. */
export function warningsOf(comparisons: readonly Comparison[]): string[] {
  return comparisons.flatMap(({ protocol, gain }) => {
    if (!gain || gain.low > 0) return [];
    const verdict =
      gain.mean < 0 && gain.high < 0
        ? 'is worse than the frozen backbone'
        : gain.mean <= 0
          ? 'does not beat the frozen backbone'
          : 'may not beat the frozen backbone: the interval of its gain holds 0';
    return [`On ${WHERE[protocol]} the trained model ${verdict}.`];
  });
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference * 100).toFixed(1)} points`;
}
