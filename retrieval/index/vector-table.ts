/** Vectors side by side in memory under row numbers, to be compared with a query many at a time. Grows in pieces. */

const ROWS_SHIFT = 10;
const ROWS_OF_PIECE = 1 << ROWS_SHIFT;

export class VectorTable {
  readonly #dim: number;
  readonly #pieces: Float32Array[] = [];

  constructor(dim: number) {
    this.#dim = dim;
  }

  set(row: number, vector: ArrayLike<number>): void {
    while (row >> ROWS_SHIFT >= this.#pieces.length) {
      this.#pieces.push(new Float32Array(ROWS_OF_PIECE * this.#dim));
    }
    this.#pieces[row >> ROWS_SHIFT].set(vector, (row & (ROWS_OF_PIECE - 1)) * this.#dim);
  }

  /** The vector of a row that was set; a view, which the next `set` of the row changes. */
  view(row: number): Float32Array {
    const from = (row & (ROWS_OF_PIECE - 1)) * this.#dim;
    return this.#pieces[row >> ROWS_SHIFT].subarray(from, from + this.#dim);
  }

  /** The inner product of `query` with the vector of a row. Four sums, so that an addition need not wait for the one before. */
  dot(query: Float32Array, row: number): number {
    const piece = this.#pieces[row >> ROWS_SHIFT];
    const dim = this.#dim;
    const from = (row & (ROWS_OF_PIECE - 1)) * dim;
    let [a, b, c, d] = [0, 0, 0, 0];
    let i = 0;
    for (; i + 3 < dim; i += 4) {
      a += query[i] * piece[from + i];
      b += query[i + 1] * piece[from + i + 1];
      c += query[i + 2] * piece[from + i + 2];
      d += query[i + 3] * piece[from + i + 3];
    }
    for (; i < dim; i++) a += query[i] * piece[from + i];
    return a + b + (c + d);
  }
}
