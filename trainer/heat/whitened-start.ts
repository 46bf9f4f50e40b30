/**
 * A bottleneck that begins by whitening within classes: what varies between images of the same class counts less, and of
 * the rest the principal axes are kept. Before any training this is already better than the features on classes like those
 * that it was computed from, and no worse on others (docs/recipe.md).
 */
import type { Random } from '../../retrieval/random.ts';
import { type Tensor, tensor } from '../onnx/tensor.ts';
import { inverseRoot } from './cholesky.ts';
import type { BottleneckStart, Head } from './head.ts';
import { type Matrix, MatrixProducts, transposed } from './matrices.ts';
import { momentsOf, principalAxes, requireWidth } from './pca.ts';

/** γ: how much of the mean variance is added in every direction, so that those in which classes hardly vary are not blown up. */
const SHRINKAGE = 1;

/**
 * With S_w and S_t the covariances within classes and in all, S = S_w + γ·(trace S_w/F)·I = L·Lᵀ and V the leading
 * eigenvectors of L⁻¹·S_t·L⁻ᵀ, the layer is x ↦ W(x − mean) with W = Vᵀ·L⁻¹, scaled to ‖W‖_F = √dim.
 * @param features float32 [n, from] in rows; a few thousand are enough.
 * @param labels class numbers of the rows, from 0.
 * @param head the bottleneck that it is for.
 * @param random where the search for the eigenvectors starts.
 * @throws SinterError `bad-input` for a `dim` above `from`.
 * @source Within-class covariance normalisation (Hatch, Kajarekar and Stolcke, Interspeech 2006), shrunk.
 */
export async function whitenedStart(
  features: Float32Array,
  labels: Int32Array,
  from: number,
  dim: number,
  head: Head,
  random: Random,
): Promise<BottleneckStart> {
  requireWidth(from, dim);
  const { mean, total, within } = await momentsOf(features, from, head, labels);
  const products = await MatrixProducts.open();
  try {
    const square = ({ data }: Tensor): Matrix => ({
      rows: from,
      columns: from,
      values: data as Float32Array,
    });
    const whitening = await inverseRoot(shrunk(square(within as Tensor)), products);
    const half = await products.multiply(whitening, square(total));
    const whitened = await products.multiply(half, transposed(whitening));
    const axes = await principalAxes(whitened, dim, random, products);
    return { weight: scaledTo(Math.sqrt(dim), await products.multiply(axes, whitening)), mean };
  } finally {
    await products.close();
  }
}

/** A covariance within classes, shrunk. */
function shrunk({ rows, columns, values }: Matrix): Matrix {
  const sum = values.slice();
  let trace = 0;
  for (let i = 0; i < rows; i++) trace += values[i * rows + i];
  // Classes of one image each vary in no direction; then nothing is whitened.
  const added = trace > 0 ? (SHRINKAGE * trace) / rows : 1;
  for (let i = 0; i < rows; i++) sum[i * rows + i] += added;
  return { rows, columns, values: sum };
}

function scaledTo(length: number, { rows, columns, values }: Matrix): Tensor {
  const factor = length / Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return tensor(
    'float32',
    values.map((value) => value * factor),
    [rows, columns],
  );
}
