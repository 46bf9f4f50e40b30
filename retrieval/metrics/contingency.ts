/** How two labelings of the same things fall together, which every comparison of them is counted from. */
import { SinterError } from '../errors.ts';
import { type Label, numberLabels } from './number-labels.ts';

/** `cells` are in the order in which their first things come. */
export type Contingency = {
  total: number;
  /** How many things each class of the first labeling has; a class may be empty. */
  rows: number[];
  /** How many things each class of the second has. */
  columns: number[];
  /** Those that are not empty: how many things are in this row's and this column's class. */
  cells: { row: number; column: number; count: number }[];
};

/** Throws `bad-input` where the labelings are not of the same things. */
export function contingency(first: readonly Label[], second: readonly Label[]): Contingency {
  if (first.length !== second.length)
    throw new SinterError(
      'bad-input',
      `Expected two labelings of the same things; got ${first.length} and ${second.length} labels.`,
    );
  const [a, b] = [numberLabels(first), numberLabels(second)];
  const cells = new Map<number, number>();
  a.numbers.forEach((row, i) => {
    const key = row * b.names.length + (b.numbers[i] as number);
    cells.set(key, (cells.get(key) ?? 0) + 1);
  });
  return {
    total: first.length,
    rows: sizes(a.numbers, a.names.length),
    columns: sizes(b.numbers, b.names.length),
    cells: [...cells].map(([key, count]) => ({
      row: Math.floor(key / b.names.length),
      column: key % b.names.length,
      count,
    })),
  };
}

/** Which of the cells of its table each thing is in. */
export function cellNumbers(first: readonly Label[], second: readonly Label[]): Int32Array {
  const [a, b] = [numberLabels(first), numberLabels(second)];
  return numberLabels(Array.from(a.numbers, (row, i) => row * b.names.length + b.numbers[i])).numbers;
}

function sizes(numbers: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const number of numbers) counts[number] = (counts[number] as number) + 1;
  return counts;
}
