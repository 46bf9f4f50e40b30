/** Sets that are joined two by two (union by size, paths halved). */

export class DisjointSets {
  readonly #parents: Int32Array;
  readonly #sizes: Int32Array;

  /** Each of the numbers 0 to `count` − 1 in a set of its own. */
  constructor(count: number) {
    this.#parents = Int32Array.from({ length: count }, (_, i) => i);
    this.#sizes = new Int32Array(count).fill(1);
  }

  /** The number that stands for the set of `i`. */
  find(i: number): number {
    const parents = this.#parents;
    let at = i;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  }

  /** Joins two sets and answers whether they were apart. */
  join(i: number, j: number): boolean {
    const [a, b] = [this.find(i), this.find(j)];
    if (a === b) return false;
    const [large, small] = this.#sizes[a] >= this.#sizes[b] ? [a, b] : [b, a];
    this.#parents[small] = large;
    this.#sizes[large] += this.#sizes[small];
    return true;
  }

  sizeOf(i: number): number {
    return this.#sizes[this.find(i)];
  }

  /** What stands for the largest set, the lowest of equal ones. */
  largest(): number {
    let largest = 0;
    for (let i = 1; i < this.#parents.length; i++)
      if (this.#parents[i] === i && this.#sizes[i] > this.sizeOf(largest)) largest = i;
    return this.find(largest);
  }
}
