/** The three knobs of an HNSW graph (Malkov and Yashunin, 2016, arXiv:1603.09320), with their ranges. */
import { SinterError } from '../errors.ts';

export type HnswSettings = {
  /** Links of a vector to others, twice as many on the lowest layer; 5 to 64. More: better recall, more memory. */
  m: number;
  /** Candidates weighed when a vector is linked in, m to 1000. More: a better graph, slower inserts. */
  efConstruction: number;
  /** Candidates weighed by a search, 10 to 2000; raised by itself where k needs more. More: better recall, slower. */
  efSearch: number;
};

/** Recall@10 of at least 0.98 on clustered vectors at 100,000 × 128; an element takes 4 × dim + 8 × m + about 30 bytes. */
export const DEFAULT_SETTINGS: HnswSettings = { m: 16, efConstruction: 200, efSearch: 100 };

/** Throws `bad-input` for a setting out of its range. */
export function checkSettings({ m, efConstruction, efSearch }: HnswSettings): void {
  expectInteger('m', m, 5, 64);
  expectInteger('efConstruction', efConstruction, m, 1000);
  expectInteger('efSearch', efSearch, 10, 2000);
}

function expectInteger(name: string, value: number, from: number, to: number): void {
  if (Number.isInteger(value) && value >= from && value <= to) return;
  throw new SinterError(
    'bad-input',
    `Expected \`${name}\` to be an integer from ${from} to ${to}, got ${value}.`,
  );
}
