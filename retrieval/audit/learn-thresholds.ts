/**
 * From which similarity on neighbours are right often enough, from labelled vectors: what a search calls a match. Knows
 * neither galleries nor where thresholds are kept.
 */
import { SinterError } from '../errors.ts';
import { sharedProducts } from '../matrix/shared-products.ts';
import { numberLabels } from '../metrics/number-labels.ts';
import type { LongWork } from '../progress.ts';

export type LabelledSet = { vectors: Float32Array; dim: number; labels: readonly string[] };

/** Neighbours of all items together, most similar first: how alike they are, and whether they are of the item's class. */
export type RankedPairs = { similarities: Float32Array; isRight: Uint8Array };

export type Threshold = {
  /** The least similarity; null where even the most similar neighbours are wrong too often. */
  similarity: number | null;
  /** Of the neighbours from there up the share that is of another class. */
  falseMatchRate: number;
  /** Of the neighbours that are right the share that lies there. */
  found: number;
};

/** As many neighbours of each item as a search shows unless told otherwise. */
const NEIGHBOURS = 24;

/** Searches every item among the others, itself left out. Throws `bad-data` with fewer than two classes, and `interrupted`. */
export async function rankPairs(
  { vectors, dim, labels }: LabelledSet,
  work: LongWork = {},
): Promise<RankedPairs> {
  const { numbers, names } = numberLabels(labels);
  if (names.length < 2)
    throw new SinterError(
      'bad-data',
      `Expected items of at least two labels, to learn from which similarity on they are the same; got ${names.length}.`,
    );
  const { neighbours } = await sharedProducts();
  const similarities: number[] = [];
  const right: number[] = [];
  for await (const block of neighbours({ queries: vectors, dim }, NEIGHBOURS, work))
    block.indices.forEach((index, at) => {
      similarities.push(block.similarities[at] as number);
      right.push(Number(numbers[index] === numbers[block.from + Math.floor(at / block.k)]));
    });
  const order = Uint32Array.from(similarities.keys()).sort(
    (a, b) => (similarities[b] as number) - (similarities[a] as number),
  );
  return {
    similarities: Float32Array.from(order, (at) => similarities[at] as number),
    isRight: Uint8Array.from(order, (at) => right[at] as number),
  };
}

/** The lowest similarity from which on at most the share `rate`, 0 to 1, of the neighbours is of another class. */
export function thresholdAt({ similarities, isRight }: RankedPairs, rate: number): Threshold {
  const total = isRight.reduce((sum, one) => sum + one, 0);
  let [right, accepted] = [0, 0];
  let best: Threshold = { similarity: null, falseMatchRate: 0, found: 0 };
  for (let at = 0; at < similarities.length; at++) {
    right += isRight[at] as number;
    accepted++;
    // Equal similarities pass together or not at all.
    if (similarities[at] === similarities[at + 1]) continue;
    const falseMatchRate = 1 - right / accepted;
    if (falseMatchRate > rate) continue;
    best = { similarity: similarities[at] as number, falseMatchRate, found: total === 0 ? 0 : right / total };
  }
  return best;
}
