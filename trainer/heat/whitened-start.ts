/**
 * A bottleneck that begins by whitening within classes: what varies between images of the same class counts less, and of
 * the rest the principal axes are kept. Before any training this is already better than the features on classes like those
 * that it was computed from, and no worse on others (docs/recipe.md).
 */
import type { Random } from '../../retrieval/random.ts';
import { emptyGraph } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { runOnce } from '../onnx/runner.ts';
import { type Tensor, tensor } from '../onnx/tensor.ts';
import { inverseCholesky } from './cholesky.ts';
import type { BottleneckStart, Head } from './head.ts';
import { momentsOf, principalAxes, requireWidth, rowsTensor } from './pca.ts';

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
  const whitening = tensor('float32', Float32Array.from(whiten(within as Tensor, from)), [from, from]);
  const whitened = await products(from, whitening, total);
  const axes = rowsTensor(await principalAxes(whitened, from, dim, random));
  return { weight: await appliedAfter(whitening, axes, dim, from), mean };
}

/** L⁻¹ of the shrunk covariance. */
function whiten(within: Tensor, from: number): Float64Array {
  const shrunk = Float64Array.from(within.data as Float32Array);
  let trace = 0;
  for (let i = 0; i < from; i++) trace += shrunk[i * from + i];
  // Classes of one image each vary in no direction; then nothing is whitened.
  const added = trace > 0 ? (SHRINKAGE * trace) / from : 1;
  for (let i = 0; i < from; i++) shrunk[i * from + i] += added;
  return inverseCholesky(shrunk, from);
}

/** A·S·Aᵀ. */
async function products(from: number, a: Tensor, s: Tensor): Promise<Tensor> {
  const g = new GraphBuilder(emptyGraph('whitened'));
  const [left, middle] = [g.input('a', 'float32', [from, from]), g.input('s', 'float32', [from, from])];
  const product = g.op('MatMul', [g.op('MatMul', [left, middle]), g.transpose(left, [1, 0])]);
  g.output('whitened', product, 'float32', [from, from]);
  return (await runOnce(g.graph, { a, s })).whitened;
}

/** Axes of whitened features as axes of the features themselves, scaled. */
async function appliedAfter(whitening: Tensor, axes: Tensor, dim: number, from: number): Promise<Tensor> {
  const g = new GraphBuilder(emptyGraph('weight'));
  const product = g.op('MatMul', [
    g.input('axes', 'float32', [dim, from]),
    g.input('whitening', 'float32', [from, from]),
  ]);
  g.output('weight', product, 'float32', [dim, from]);
  const { weight } = await runOnce(g.graph, { axes, whitening });
  const values = weight.data as Float32Array;
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return { ...weight, data: values.map((value) => (value * Math.sqrt(dim)) / length) };
}
