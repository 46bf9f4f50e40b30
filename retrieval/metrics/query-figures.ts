/**
 * What a search came to for each query, from which every figure of retrieval is a mean: where the first match stands, how
 * many of the first k match, and how well the whole class is ranked (R-precision and MAP@R: Musgrave, Belongie and Lim,
 * arXiv 2003.08505, section 3.4). Knows vectors and labels, not images and models.
 */
import { SinterError } from '../errors.ts';
import type { NeighbourBlock, VectorSets } from '../matrix/open-products.ts';
import { sharedProducts } from '../matrix/shared-products.ts';
import type { LongWork } from '../progress.ts';
import { type Label, numberLabels } from './number-labels.ts';

/** Labels stand in the order of the vectors' rows; `referenceLabels` exactly where there are `references`. */
export type LabelledVectors = VectorSets & {
  queryLabels: readonly Label[];
  referenceLabels?: readonly Label[];
};

export type QueryFigures = {
  /** For which numbers of neighbours, ascending. */
  ks: number[];
  /** [n]: rank from 1 of the first neighbour of the query's class; 0 where none of those looked at is. */
  firstMatch: Int32Array;
  /** [n, ks]: how many of the first k neighbours have the query's class. */
  matches: Int32Array;
  /** [n]: R, how many references have the query's class, itself not counted. */
  classSizes: Int32Array;
  /** [n], 0 to 1: the share of matches among the R nearest; 0 where R is 0. Empty where it was not asked for. */
  rPrecision: Float64Array;
  /** [n], 0 to 1: (1/R) · Σ over ranks i ≤ R that match of the precision at i; 0 where R is 0. The mean of it is MAP@R. */
  averagePrecision: Float64Array;
};

/**
 * `mostRanks` asks for R-precision and average precision, and says what R is at most: for the definition's own, as many
 * neighbours are looked at as the largest class has, `Infinity`.
 */
export type Depth = { ks: readonly number[]; mostRanks?: number };

/** Ranks enough where MAP@R is computed again and again only to compare. */
export const FEW_RANKS = 100;

/**
 * Searches every query exactly and looks at its nearest, block by block; `onBlock` may look as well.
 * Throws `bad-input` where labels and vectors do not fit each other or there is no query, and `interrupted`.
 */
export async function queryFigures(
  set: LabelledVectors,
  { ks, mostRanks = 0 }: Depth,
  work: LongWork = {},
  onBlock?: (block: NeighbourBlock) => void,
): Promise<QueryFigures> {
  requireFit(set, ks);
  const { queryLabels, referenceLabels = queryLabels } = set;
  const { numbers: own, names } = numberLabels(queryLabels);
  const { numbers: others } = set.references ? numberLabels(referenceLabels, names) : { numbers: own };
  const figures = emptyFigures(
    [...ks].sort((a, b) => a - b),
    classSizes(set),
    mostRanks > 0,
  );
  const depth = Math.max(...ks, Math.min(mostRanks, largest(figures.classSizes)));
  const { neighbours } = await sharedProducts();
  for await (const block of neighbours(set, depth, work)) {
    for (let row = 0; row < block.count; row++) look(figures, block, row, mostRanks, own, others);
    onBlock?.(block);
  }
  return figures;
}

/** R of each query: references of its class; a query among the references is no match of itself. */
export function classSizes({
  queryLabels,
  referenceLabels,
}: Omit<LabelledVectors, keyof VectorSets>): Int32Array {
  const counts = new Map<Label, number>();
  for (const label of referenceLabels ?? queryLabels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const itself = referenceLabels ? 0 : 1;
  return Int32Array.from(queryLabels, (label) => (counts.get(label) ?? 0) - itself);
}

function emptyFigures(ks: number[], sizes: Int32Array, ranked: boolean): QueryFigures {
  const count = sizes.length;
  return {
    ks,
    firstMatch: new Int32Array(count),
    matches: new Int32Array(count * ks.length),
    classSizes: sizes,
    rPrecision: new Float64Array(ranked ? count : 0),
    averagePrecision: new Float64Array(ranked ? count : 0),
  };
}

/** Walks down the neighbours of one query. */
function look(
  { ks, firstMatch, matches, classSizes: sizes, rPrecision, averagePrecision }: QueryFigures,
  { from, k, indices }: NeighbourBlock,
  row: number,
  mostRanks: number,
  own: Int32Array,
  others: Int32Array,
): void {
  const query = from + row;
  const size = Math.min(mostRanks, sizes[query] as number);
  let [found, precisions, atSize, next] = [0, 0, 0, 0];
  for (let rank = 1; rank <= k; rank++) {
    if (others[indices[row * k + rank - 1] as number] === own[query]) {
      found++;
      firstMatch[query] ||= rank;
      if (rank <= size) precisions += found / rank;
    }
    if (rank === size) atSize = found;
    while (next < ks.length && ks[next] === rank) matches[query * ks.length + next++] = found;
  }
  while (next < ks.length) matches[query * ks.length + next++] = found;
  if (size === 0) return;
  rPrecision[query] = atSize / size;
  averagePrecision[query] = precisions / size;
}

function largest(sizes: Int32Array): number {
  return sizes.reduce((most, size) => Math.max(most, size), 1);
}

function requireFit(
  { queries, queryLabels, references, referenceLabels, dim }: LabelledVectors,
  ks: readonly number[],
): void {
  if (ks.length === 0 || ks.some((k) => !Number.isInteger(k) || k < 1)) {
    throw new SinterError(
      'bad-input',
      `Expected each k to be a whole number from 1 up; got [${ks.join(', ')}].`,
    );
  }
  if (queryLabels.length === 0) throw new SinterError('bad-input', 'Expected at least one query; got none.');
  requireLabels('query', queries, queryLabels, dim);
  requireLabels('reference', references ?? new Float32Array(), referenceLabels ?? [], dim);
}

function requireLabels(kind: string, vectors: Float32Array, labels: readonly Label[], dim: number): void {
  if (vectors.length === labels.length * dim) return;
  throw new SinterError(
    'bad-input',
    `Expected a label for each ${kind} vector; got ${labels.length} labels for ${vectors.length / dim} vectors.`,
  );
}
