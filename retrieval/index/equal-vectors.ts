/** Finds the row of a table that has a vector of the same bits already, by a hash of them and then by comparing. */
import type { VectorTable } from './vector-table.ts';

export class EqualVectors {
  readonly #table: VectorTable;
  /** Hash → the first row of it; further rows of one hash, which are rare, in `#others`. */
  readonly #rows = new Map<number, number>();
  readonly #others = new Map<number, number[]>();

  constructor(table: VectorTable) {
    this.#table = table;
  }

  /** Takes a row of the table into account. */
  add(row: number): void {
    const hash = hashOf(this.#table.view(row));
    if (!this.#rows.has(hash)) this.#rows.set(hash, row);
    else this.#others.set(hash, [...(this.#others.get(hash) ?? []), row]);
  }

  find(vector: Float32Array): number | undefined {
    const hash = hashOf(vector);
    const first = this.#rows.get(hash);
    if (first === undefined) return undefined;
    const rows = [first, ...(this.#others.get(hash) ?? [])];
    return rows.find((row) => this.#table.view(row).every((value, i) => Object.is(value, vector[i])));
  }
}

/** FNV-1a over the 32 bits of each number. */
function hashOf(vector: Float32Array): number {
  const words = new Uint32Array(vector.buffer, vector.byteOffset, vector.length);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i], 0x01000193);
  return hash;
}
