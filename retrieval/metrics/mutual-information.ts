/**
 * How much a clustering says about classes: mutual information, normalised (Strehl and Ghosh, JMLR 3, 2002) or adjusted
 * for chance (Vinh, Epps and Bailey, JMLR 11, 2010). 1 where both labelings are the same but for names.
 */
import type { Contingency } from './contingency.ts';
import { logFactorial } from './log-factorial.ts';

/** By what the mutual information is divided: the geometric mean of both entropies, as in the paper, or the arithmetic one. */
export type Average = 'geometric' | 'arithmetic';

/** What a class and a cluster of these sizes add to the expectation, by a number that stands for both sizes. */
export type ExpectedTerms = Map<number, number>;

/** NMI, 0 to 1. */
export function normalizedMutualInformation(table: Contingency, average: Average): number {
  if (isTrivial(table)) return 1;
  const information = mutualInformation(table);
  return information === 0 ? 0 : information / averageEntropy(table, average);
}

/**
 * AMI, at most 1 and about 0 for a clustering by chance; normalised by the arithmetic mean, as scikit-learn does.
 * @param known terms of the expectation that were computed before, for tables of the same total: they are shared.
 */
export function adjustedMutualInformation(table: Contingency, known: ExpectedTerms = new Map()): number {
  if (isTrivial(table) || areSame(table)) return 1;
  const expected = expectedMutualInformation(table, known);
  const reach = averageEntropy(table, 'arithmetic') - expected;
  return (
    (mutualInformation(table) - expected) /
    (Math.sign(reach) || 1) /
    Math.max(Math.abs(reach), Number.EPSILON)
  );
}

/** Neither labeling tells anything apart. */
function isTrivial({ rows, columns }: Contingency): boolean {
  return classesIn(rows) <= 1 && classesIn(columns) <= 1;
}

function areSame({ rows, columns, cells }: Contingency): boolean {
  return classesIn(rows) === cells.length && classesIn(columns) === cells.length;
}

function classesIn(sizes: readonly number[]): number {
  return sizes.reduce((count, size) => count + Number(size > 0), 0);
}

/** In nats; never below 0, where rounding would take it. */
function mutualInformation({ total, rows, columns, cells }: Contingency): number {
  let sum = 0;
  for (const { row, column, count } of cells)
    sum +=
      (count / total) * Math.log((total * count) / ((rows[row] as number) * (columns[column] as number)));
  return Math.abs(sum) < Number.EPSILON ? 0 : Math.max(0, sum);
}

function averageEntropy({ total, rows, columns }: Contingency, average: Average): number {
  const [first, second] = [entropy(rows, total), entropy(columns, total)];
  return average === 'geometric' ? Math.sqrt(first * second) : (first + second) / 2;
}

function entropy(sizes: readonly number[], total: number): number {
  return sizes.reduce((sum, size) => (size === 0 ? sum : sum - (size / total) * Math.log(size / total)), 0);
}

/**
 * The mean over all labelings with these class sizes (equation 24 of Vinh et al.). Classes of one size have the same
 * terms, so that thousands of classes cost no more than the sizes that they have.
 */
function expectedMutualInformation({ total, rows, columns }: Contingency, known: ExpectedTerms): number {
  if (classesIn(rows) === 1 || classesIn(columns) === 1) return 0;
  let sum = 0;
  const others = countSizes(columns);
  for (const [a, timesA] of countSizes(rows)) {
    for (const [b, timesB] of others) {
      const pair = a * (total + 1) + b;
      const term = known.get(pair) ?? expectedTerm(a, b, total);
      known.set(pair, term);
      sum += timesA * timesB * term;
    }
  }
  return sum;
}

/** The expected term of a class of `a` and a cluster of `b` things: the sum over how many they may share, hypergeometric. */
function expectedTerm(a: number, b: number, total: number): number {
  const fixed =
    logFactorial(a) +
    logFactorial(b) +
    logFactorial(total - a) +
    logFactorial(total - b) -
    logFactorial(total);
  let sum = 0;
  for (let shared = Math.max(1, a + b - total); shared <= Math.min(a, b); shared++) {
    const ways =
      fixed -
      logFactorial(shared) -
      logFactorial(a - shared) -
      logFactorial(b - shared) -
      logFactorial(total - a - b + shared);
    sum += (shared / total) * Math.log((total * shared) / (a * b)) * Math.exp(ways);
  }
  return sum;
}

function countSizes(sizes: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const size of sizes) counts.set(size, (counts.get(size) ?? 0) + 1);
  return counts;
}
