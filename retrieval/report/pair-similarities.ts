/** How alike images of one class are, and images of two: the similarities of pairs, and what they say in a few figures. */
import { type Random, seededRandom } from '../random.ts';
import { cosine } from './cosine.ts';
import type { Embeddings, Sides } from './judged.ts';

/** Cosines of pairs, ascending. */
export type PairSimilarities = { within: Float64Array; between: Float64Array };

export type SimilarityFigures = {
  /** Mean similarity of two images of one class: the higher, the more compact the classes. */
  compactness: number;
  /** Mean similarity of two images of different classes: the lower, the farther they are spread out. */
  spread: number;
  /** Share of the pairs between classes that are more alike than the median pair within one, 0 to 1. */
  overlap: number;
  /** How often a pair within a class is more alike than one between classes, 0.5 to 1 for what is of use: the area under the ROC curve. */
  separation: number;
  medianWithin: number;
};

/** The similarities of an embedding with what they say, which is undefined where no two images share a class, or all do. */
export type JudgedPairs = { pairs: PairSimilarities; similarity?: SimilarityFigures };

/** Pairs of either kind beyond which as many are drawn by chance. */
const MOST_PAIRS = 200_000;

type Pair = [query: number, other: number];

/**
 * Similarities of queries to references or, without these, to each other: of all pairs or, where these are more than
 * MOST_PAIRS, of as many of either kind, drawn by chance. The same seed draws the same pairs, whatever the embedding.
 */
export function pairSimilarities(sides: Sides, embeddings: Embeddings, seed: number): PairSimilarities {
  const { images, queries, references } = sides;
  const isWithin = ([query, other]: Pair) => images[query].label === images[other].label;
  const similarityOf = ([query, other]: Pair) => cosine(embeddings, query, other);
  const sorted = (pairs: Pair[]) => Float64Array.from(pairs, similarityOf).sort();
  const count = references ? queries.length * references.length : (queries.length * (queries.length - 1)) / 2;
  if (count > MOST_PAIRS) {
    const random = seededRandom(seed, 'pairs');
    return { within: sorted(drawWithin(sides, random)), between: sorted(drawBetween(sides, random)) };
  }
  const all = allPairs(sides);
  return { within: sorted(all.filter(isWithin)), between: sorted(all.filter((pair) => !isWithin(pair))) };
}

function allPairs({ queries, references }: Sides): Pair[] {
  return queries.flatMap((query, i) =>
    (references ?? queries.slice(i + 1)).map((other): Pair => [query, other]),
  );
}

/** All pairs of one class or, where these are more than MOST_PAIRS, as many, each as likely as any other. */
function drawWithin({ images, queries, references = queries }: Sides, random: Random): Pair[] {
  const members = new Map<string, number[]>();
  for (const other of references) {
    const { label } = images[other];
    members.set(label, [...(members.get(label) ?? []), other]);
  }
  const matches = queries.map((query) =>
    (members.get(images[query].label) ?? []).filter((other) => other !== query),
  );
  const ends: number[] = [];
  for (const { length } of matches) ends.push((ends.at(-1) ?? 0) + length);
  const total = ends.at(-1) ?? 0;
  if (total <= MOST_PAIRS)
    return queries.flatMap((query, i) => matches[i].map((other): Pair => [query, other]));
  return Array.from({ length: MOST_PAIRS }, () => {
    const drawn = random.integer(total);
    const i = firstAbove(ends, drawn);
    return [queries[i], matches[i][ends[i] - drawn - 1]];
  });
}

/** MOST_PAIRS pairs of two classes, or fewer where most draws give pairs of one. */
function drawBetween({ images, queries, references = queries }: Sides, random: Random): Pair[] {
  const drawn = Array.from(
    { length: 2 * MOST_PAIRS },
    (): Pair => [queries[random.integer(queries.length)], references[random.integer(references.length)]],
  );
  return drawn.filter(([query, other]) => images[query].label !== images[other].label).slice(0, MOST_PAIRS);
}

/** Undefined where there is no pair of either kind, as with a single class. */
export function similarityFigures({ within, between }: PairSimilarities): SimilarityFigures | undefined {
  if (within.length === 0 || between.length === 0) return undefined;
  const medianWithin = (within[(within.length - 1) >> 1] + within[within.length >> 1]) / 2;
  return {
    compactness: mean(within),
    spread: mean(between),
    overlap: 1 - firstAbove(between, medianWithin) / between.length,
    separation: areaUnderCurve(within, between),
    medianWithin,
  };
}

/** Mann and Whitney's statistic as a share; ties count half. Both ascending. */
function areaUnderCurve(within: Float64Array, between: Float64Array): number {
  let wins = 0;
  let [below, upTo] = [0, 0];
  for (const value of within) {
    while (below < between.length && between[below] < value) below++;
    while (upTo < between.length && between[upTo] <= value) upTo++;
    wins += (below + upTo) / 2;
  }
  return wins / (within.length * between.length);
}

/** The share of ascending `values` in each of `bins` equal parts of the range from `low` to `high`; what lies outside counts in the outermost. */
export function histogram(values: Float64Array, low: number, high: number, bins: number): number[] {
  const shares = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    shares[Math.max(0, Math.min(bins - 1, bin))] += 1 / values.length;
  }
  return shares;
}

/** The first position of ascending `values` whose value is above `limit`. */
function firstAbove(values: ArrayLike<number>, limit: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
