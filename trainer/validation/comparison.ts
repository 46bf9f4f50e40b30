/** Whether training was worth it: the trained embedding against the features of the backbone as it came, on the same held-out images. */
import { bootstrapMean, type Interval } from '../../retrieval/metrics/bootstrap.ts';
import { seededRandom } from '../../retrieval/random.ts';
import { type Judgement, PROTOCOLS, type ProtocolName, type Scores } from './validation.ts';

/** The trained embedding's mean over queries, 0 to 1; the backbone's and the gain, query by query, where there is one to beat. */
export type Measure = { trained: Interval; frozen?: Interval; gain?: Interval };

export type Comparison = { protocol: ProtocolName; queries: number; recallAt1: Measure; mapAtR: Measure };

/** Intervals are over queries, 95%. A network from nothing has no `frozen` one to beat. */
export function compare(trained: Judgement, frozen: Judgement | undefined, seed: number): Comparison[] {
  return PROTOCOLS.flatMap((protocol) => {
    const [ours, theirs] = [trained[protocol], frozen?.[protocol]];
    if (!ours) return [];
    const measure = (of: keyof Scores) => measureOf(ours[of], theirs?.[of], seed);
    return [
      { protocol, queries: ours.hits.length, recallAt1: measure('hits'), mapAtR: measure('precisions') },
    ];
  });
}

function measureOf(ours: ArrayLike<number>, theirs: ArrayLike<number> | undefined, seed: number): Measure {
  const interval = (values: ArrayLike<number>) => bootstrapMean(values, seededRandom(seed, 'bootstrap'));
  if (!theirs) return { trained: interval(ours) };
  const gains = Array.from(ours, (value, query) => value - theirs[query]);
  return { trained: interval(ours), frozen: interval(theirs), gain: interval(gains) };
}

const WHERE: Record<ProtocolName, string> = {
  open: 'images of classes that training never saw',
  closed: 'new images of the classes trained on',
};

/** One sentence a protocol. */
export function describeComparison({ protocol, queries, recallAt1, mapAtR }: Comparison): string {
  return `On ${queries} ${WHERE[protocol]}, recall@1 is ${describeMeasure(recallAt1)} and MAP@R ${describeMeasure(mapAtR)}.`;
}

function describeMeasure({ trained, frozen, gain }: Measure): string {
  if (!frozen || !gain)
    return `${percent(trained.mean)} (${percent(trained.low)} to ${percent(trained.high)})`;
  return `${percent(trained.mean)}, ${points(gain.mean)} against the frozen backbone (${points(gain.low)} to ${points(gain.high)})`;
}

/**
 * What a user must be told: where the trained embedding is worse than what it started from, or not surely better. It is
 * better where one figure surely gains and the other does not lose; with recall@1 near its end, MAP@R still tells.
 */
export function warningsOf(comparisons: readonly Comparison[]): string[] {
  return comparisons.flatMap(({ protocol, recallAt1: { gain: recall }, mapAtR: { gain: precision } }) => {
    if (!recall || !precision) return [];
    const gains = [recall, precision];
    if (gains.some(({ low }) => low > 0) && gains.every(({ mean }) => mean >= 0)) return [];
    return [`On ${WHERE[protocol]} the trained model ${verdictOn(gains)}.`];
  });
}

function verdictOn(gains: Interval[]): string {
  if (gains.some(({ high }) => high < 0)) return 'is worse than the frozen backbone';
  if (gains.some(({ mean }) => mean < 0)) return 'may be worse than the frozen backbone';
  return 'is not surely better than the frozen backbone: the intervals of its gains hold 0';
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`;
}

function points(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${Math.abs(difference * 100).toFixed(1)}`;
}
