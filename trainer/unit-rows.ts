/** Embeddings at unit length outside of a graph. */

/** Rows of [n, dim] scaled to unit length; rows of zeros stay zeros. */
export function unitRows(rows: Float32Array, dim: number): Float32Array {
  const unit = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += dim) {
    let squares = 0;
    for (let i = start; i < start + dim; i++) squares += rows[i] ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = start; i < start + dim; i++) unit[i] = rows[i] * scale;
  }
  return unit;
}
