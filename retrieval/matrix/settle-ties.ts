/**
 * Puts neighbours that single precision cannot tell apart into the order of double precision, and equal ones by index:
 * so an order depends neither on how a product was cut into tiles nor on the machine. Knows nothing of how they were found.
 */

/** Rows of vectors, float32 [n, dim]. */
export type Rows = { vectors: Float32Array; dim: number };

/** Candidates of one query, nearest first: so many from `start` on in both arrays, which are put in order in place. */
export type Candidates = { indices: Int32Array; similarities: Float32Array; start: number; count: number };

/**
 * Products of unit vectors that differ by more than this are in the right order: twice the rounding of a sum of `dim`
 * terms, λ√dim·2⁻²⁴ with λ = 2 (Higham and Mary, SIAM J. Sci. Comput. 41, 2019).
 */
export function tieTolerance(dim: number): number {
  return 4 * Math.sqrt(dim) * 2 ** -24;
}

/** Settles each run of candidates that lie within the tolerance of the one before. */
export function settleTies(candidates: Candidates, query: number, queries: Rows, references: Rows): void {
  const { similarities, start, count } = candidates;
  const tolerance = tieTolerance(references.dim);
  let first = start;
  for (let at = start + 1; at <= start + count; at++) {
    const tied = at < start + count && near(similarities, at, tolerance);
    if (tied) continue;
    if (at - first > 1) sortRun(candidates, first, at, query, queries, references);
    first = at;
  }
}

/** Whether the first `k` are the nearest, whatever was left out: the last candidate lies clearly behind the k-th. */
export function isSettled({ similarities, start, count }: Candidates, k: number, dim: number): boolean {
  const [kth, last] = [similarities[start + k - 1] as number, similarities[start + count - 1] as number];
  return kth - last > tieTolerance(dim);
}

function near(similarities: Float32Array, at: number, tolerance: number): boolean {
  return (similarities[at - 1] as number) - (similarities[at] as number) <= tolerance;
}

function sortRun(
  { indices, similarities }: Candidates,
  from: number,
  to: number,
  query: number,
  queries: Rows,
  references: Rows,
): void {
  const run = Array.from(indices.subarray(from, to), (index) => ({
    index,
    similarity: product(queries, query, references, index),
  }));
  run.sort((a, b) => b.similarity - a.similarity || a.index - b.index);
  run.forEach(({ index, similarity }, i) => {
    indices[from + i] = index;
    similarities[from + i] = similarity;
  });
}

/** In double precision. */
function product(a: Rows, rowOfA: number, b: Rows, rowOfB: number): number {
  let sum = 0;
  for (let d = 0, p = rowOfA * a.dim, q = rowOfB * b.dim; d < a.dim; d++, p++, q++)
    sum += (a.vectors[p] as number) * (b.vectors[q] as number);
  return sum;
}
