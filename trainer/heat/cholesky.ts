/** The triangular half of a covariance, inverted: what whitens, and what makes vectors orthonormal. */
import { blockOf, type Matrix, type MatrixProducts, transposed } from './matrices.ts';

/** Up to so many rows plain JavaScript is as fast as products of blocks. */
const SMALL = 160;

/**
 * L⁻¹ of a symmetric positive definite matrix S = L·Lᵀ, L lower triangular, half by half (Golub and Van Loan, sections 4.2
 * and 3.1): products in float32, small blocks in float64.
 * @param matrix [n, n]; above the diagonal it is not read.
 * @returns [n, n], zeros above the diagonal.
 * @throws where the matrix is not positive definite.
 */
export async function inverseRoot(matrix: Matrix, products: MatrixProducts): Promise<Matrix> {
  const n = matrix.rows;
  if (n <= SMALL) {
    const inverse = inverseCholesky(matrix.values, n);
    if (!inverse) throw new Error('Expected a positive definite matrix, got one that is not.');
    return { rows: n, columns: n, values: Float32Array.from(inverse) };
  }
  const first = Math.ceil(n / 2);
  const rest = n - first;
  // S = [A, Bᵀ; B, C], and so L = [√A, 0; M, √(C − M·Mᵀ)] with M = B·(√A)⁻ᵀ.
  const upper = await inverseRoot(blockOf(matrix, [0, 0], [first, first]), products);
  const below = await products.multiply(blockOf(matrix, [first, 0], [rest, first]), transposed(upper));
  const explained = await products.multiply(below, transposed(below));
  const left = blockOf(matrix, [first, first], [rest, rest]);
  const remaining = { ...left, values: left.values.map((value, i) => value - explained.values[i]) };
  const lower = await inverseRoot(remaining, products);
  const corner = await products.multiply(await products.multiply(lower, below), upper);
  const values = new Float32Array(n * n);
  for (let i = 0; i < first; i++) values.set(upper.values.subarray(i * first, (i + 1) * first), i * n);
  for (let i = 0; i < rest; i++) {
    const row = (first + i) * n;
    for (let j = 0; j < first; j++) values[row + j] = -corner.values[i * first + j];
    values.set(lower.values.subarray(i * rest, (i + 1) * rest), row + first);
  }
  return { rows: n, columns: n, values };
}

/**
 * The same in float64 and plain JavaScript: about n³/3 multiplications.
 * @param matrix [n, n] in rows; only its lower half is read.
 * @param leastPivot below which squared a row counts as dependent on those before it.
 * @returns [n, n], zeros above the diagonal; undefined where a row depends on those before it.
 */
export function inverseCholesky(
  matrix: ArrayLike<number>,
  n: number,
  leastPivot = 0,
): Float64Array | undefined {
  const root = cholesky(matrix, n, leastPivot);
  return root && inverseOfLower(root, n);
}

function cholesky(matrix: ArrayLike<number>, n: number, leastPivot: number): Float64Array | undefined {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j];
      for (let k = 0, a = i * n, b = j * n; k < j; k++) rest -= l[a + k] * l[b + k];
      if (i === j && !(rest > leastPivot)) return undefined;
      l[i * n + j] = i === j ? Math.sqrt(rest) : rest / l[j * n + j];
    }
  }
  return l;
}

/** Row by row: what row i of L has of earlier rows of the inverse is taken off. */
function inverseOfLower(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let k = 0; k < i; k++) {
      const factor = l[row + k];
      for (let j = 0, from = k * n; j <= k; j++) inverse[row + j] -= factor * inverse[from + j];
    }
    for (let j = 0; j < i; j++) inverse[row + j] /= l[row + i];
    inverse[row + i] = 1 / l[row + i];
  }
  return inverse;
}
