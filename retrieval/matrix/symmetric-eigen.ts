/** Eigenvalues and eigenvectors of small symmetric matrices by Jacobi's rotations (Golub and Van Loan, Matrix Computations, chapter 8). */

/** Off-diagonal length, as a share of the whole, below which a matrix counts as diagonal. */
const PRECISION = 1e-13;
const MOST_SWEEPS = 50;

/**
 * @param matrix symmetric [n, n], n up to a few hundred; left as it is.
 * @returns eigenvalues from the largest down, and of each its eigenvector of unit length.
 */
export function symmetricEigen(matrix: readonly (readonly number[])[]): {
  values: number[];
  vectors: number[][];
} {
  const a = matrix.map((row) => Float64Array.from(row));
  // Row i becomes the eigenvector of a[i][i].
  const v = a.map((_, i) => Float64Array.from(a, (_, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < MOST_SWEEPS && offDiagonal(a) > PRECISION; sweep++)
    for (let p = 0; p < a.length; p++) for (let q = p + 1; q < a.length; q++) rotate(a, v, p, q);
  const order = a.map((_, i) => i).sort((i, j) => a[j][j] - a[i][i]);
  return { values: order.map((i) => a[i][i]), vectors: order.map((i) => Array.from(v[i])) };
}

/** Turns the plane of axes p and q so that a[p][q] becomes 0. */
function rotate(a: Float64Array[], v: Float64Array[], p: number, q: number): void {
  if (a[p][q] === 0) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  turnRows(a, p, q, c, s);
  for (const row of a) {
    const x = row[p];
    const y = row[q];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  turnRows(v, p, q, c, s);
}

function turnRows(m: Float64Array[], p: number, q: number, c: number, s: number): void {
  const [x, y] = [m[p], m[q]];
  for (let i = 0; i < x.length; i++) {
    const xi = x[i];
    const yi = y[i];
    x[i] = c * xi - s * yi;
    y[i] = s * xi + c * yi;
  }
}

/** The length of what lies off the diagonal as a share of the matrix's. */
function offDiagonal(a: Float64Array[]): number {
  let off = 0;
  let all = 0;
  a.forEach((row, i) => {
    row.forEach((value, j) => {
      all += value * value;
      if (i !== j) off += value * value;
    });
  });
  return all === 0 ? 0 : Math.sqrt(off / all);
}
