/** The triangular half of a covariance, inverted: what whitens. */

/**
 * L⁻¹ of a symmetric positive definite matrix S = L·Lᵀ, L lower triangular (Golub and Van Loan, sections 4.2 and 3.1).
 * Float64, about n³/3 multiplications: a second for 1,280.
 * @param matrix [n, n] in rows; only its lower half is read.
 * @returns [n, n], zeros above the diagonal.
 */
export function inverseCholesky(matrix: ArrayLike<number>, n: number): Float64Array {
  return inverseOfLower(cholesky(matrix, n), n);
}

function cholesky(matrix: ArrayLike<number>, n: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j];
      for (let k = 0, a = i * n, b = j * n; k < j; k++) rest -= l[a + k] * l[b + k];
      if (i === j && !(rest > 0))
        throw new Error(`Pivot ${i} is ${rest}: the matrix is not positive definite.`);
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
