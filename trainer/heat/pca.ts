/**
 * A bottleneck that begins as principal component analysis: the linear layer that loses least of the features' variance. Its
 * embedding searches about as well as the features themselves before any training.
 */
import { SinterError } from '../../retrieval/errors.ts';
import { symmetricEigen } from '../../retrieval/matrix/symmetric-eigen.ts';
import type { Random } from '../../retrieval/random.ts';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { runOnce } from '../onnx/runner.ts';
import { type Tensor, tensor } from '../onnx/tensor.ts';
import { inverseCholesky } from './cholesky.ts';
import { appendLayerNorm, type BottleneckStart, type Head } from './head.ts';
import { type Matrix, MatrixProducts, transposed } from './matrices.ts';

/** Directions beyond the wanted ones, which make the last of these converge faster (Halko, Martinsson and Tropp, arXiv 0909.4061). */
const OVERSAMPLING = 16;
/** The iteration ends when the variance that is caught grows by less than this share. */
const CONVERGED = 1e-4;
const MOST_ITERATIONS = 60;
/** Vectors of unit length of which one has less than this left beside those before, squared, are made orthonormal in float64. */
const NEARLY_DEPENDENT = 1e-4;
/** A vector of which less than this share is left beside those before counts as dependent on them. */
const DEPENDENT = 1e-6;

/**
 * Weight and bias of the linear layer x ↦ W(x − mean), W the orthonormal principal axes, from the largest variance down.
 * Found by subspace iteration on the covariance (Golub and Van Loan, Matrix Computations, chapter 8), products in ONNX Runtime.
 * @param features float32 [n, from] in rows, n at least 2; a few thousand rows are enough.
 * @param head the bottleneck that it is for: where that layer-normalises features, these are the features of its linear layer.
 * @param random where the iteration starts.
 * @throws SinterError `bad-input` for more axes than features have numbers.
 */
export async function principalStart(
  features: Float32Array,
  from: number,
  dim: number,
  head: Head,
  random: Random,
): Promise<BottleneckStart> {
  requireWidth(from, dim);
  const { mean, total } = await momentsOf(features, from, head);
  const products = await MatrixProducts.open();
  try {
    const covariance = { rows: from, columns: from, values: total.data as Float32Array };
    const { values } = await principalAxes(covariance, dim, random, products);
    return { weight: tensor('float32', values, [dim, from]), mean };
  } finally {
    await products.close();
  }
}

/** Throws `bad-input` for more axes than there are. */
export function requireWidth(from: number, dim: number): void {
  if (dim > from)
    throw new SinterError(
      'bad-input',
      `Expected at most ${from} numbers for an embedding that starts from the principal components of features of as many, got ${dim}.`,
    );
}

/** Mean [F], covariance [F, F] and, with class numbers, the covariance within classes. */
export type Moments = { mean: Tensor; total: Tensor; within?: Tensor };

/** Moments of what the linear layer gets; the products run in ONNX Runtime. */
export async function momentsOf(
  features: Float32Array,
  from: number,
  { layerNorm }: Head,
  labels?: Int32Array,
): Promise<Moments> {
  const rows = features.length / from;
  const g = new GraphBuilder(emptyGraph('moments'));
  const input = g.input('features', 'float32', [rows, from]);
  const x = layerNorm ? appendLayerNorm(g, input) : input;
  const covariance = (centred: Value) =>
    g.op('Div', [g.op('MatMul', [g.transpose(centred, [1, 0]), centred]), g.floats(rows)]);
  const mean = g.reduce('ReduceMean', x, [0], false);
  g.output('mean', mean, 'float32', [from]);
  g.output('total', covariance(g.op('Sub', [x, mean])), 'float32', [from, from]);
  if (labels) {
    const means = g.op('MatMul', [g.constant(averaging(labels)), x]);
    const ofClass = g.op('Gather', [
      means,
      g.constant(tensor('int64', BigInt64Array.from(labels, BigInt), [rows])),
    ]);
    g.output('within', covariance(g.op('Sub', [x, ofClass])), 'float32', [from, from]);
  }
  return (await runOnce(g.graph, { features: tensor('float32', features, [rows, from]) })) as Moments;
}

/** The matrix [classes, rows] that takes the mean of the rows of each class. */
function averaging(labels: Int32Array): Tensor {
  const classes = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  const counts = new Int32Array(classes);
  for (const label of labels) counts[label]++;
  const shares = new Float32Array(classes * labels.length);
  labels.forEach((label, row) => {
    shares[label * labels.length + row] = 1 / counts[label];
  });
  return tensor('float32', shares, [classes, labels.length]);
}

/**
 * The `dim` eigenvectors of the largest eigenvalues of a symmetric matrix, in rows, by subspace iteration (Golub and Van
 * Loan, section 8.2).
 */
export async function principalAxes(
  covariance: Matrix,
  dim: number,
  random: Random,
  products: MatrixProducts,
): Promise<Matrix> {
  const columns = covariance.rows;
  const rows = Math.min(columns, dim + OVERSAMPLING);
  const start = Float32Array.from({ length: rows * columns }, random.normal);
  let axes = await orthonormal({ rows, columns, values: start }, random, products);
  let caught = 0;
  for (let iteration = 0; ; iteration++) {
    const moved = await products.multiply(axes, covariance);
    const variance = dot(axes.values, moved.values);
    if (iteration === MOST_ITERATIONS || variance - caught <= CONVERGED * variance)
      return withinSubspace(axes, moved, dim, products);
    caught = variance;
    axes = await orthonormal(moved, random, products);
  }
}

/** The first principal axes within the subspace of orthonormal `axes`, given their images under the covariance (Rayleigh and Ritz). */
async function withinSubspace(
  axes: Matrix,
  images: Matrix,
  dim: number,
  products: MatrixProducts,
): Promise<Matrix> {
  const { rows, values } = await products.multiply(axes, transposed(images));
  const symmetric = range(rows).map((i) =>
    range(rows).map((j) => (values[i * rows + j] + values[j * rows + i]) / 2),
  );
  const shares = symmetricEigen(symmetric).vectors.slice(0, dim);
  return products.multiply({ rows: dim, columns: rows, values: Float32Array.from(shares.flat()) }, axes);
}

/** Rows of unit length at right angles that span the same: L⁻¹·V with V·Vᵀ = L·Lᵀ, or one by one where they nearly depend on each other. */
async function orthonormal(vectors: Matrix, random: Random, products: MatrixProducts): Promise<Matrix> {
  const { rows, columns, values } = vectors;
  const vectorsOf = range(rows).map((i) =>
    Float64Array.from(values.subarray(i * columns, (i + 1) * columns)),
  );
  const unit = joined(vectorsOf.map(scaled));
  const angles = await products.multiply(unit, transposed(unit));
  const root = inverseCholesky(angles.values, rows, NEARLY_DEPENDENT);
  return root
    ? products.multiply({ rows, columns: rows, values: Float32Array.from(root) }, unit)
    : joined(oneByOne(vectorsOf, random));
}

function joined(vectors: Float64Array[]): Matrix {
  const columns = vectors[0].length;
  const values = new Float32Array(vectors.length * columns);
  for (const [i, vector] of vectors.entries()) values.set(vector, i * columns);
  return { rows: vectors.length, columns, values };
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Modified Gram and Schmidt; what lies in the span of those before, and so would be orthogonal to a few digits only, is drawn anew. */
function oneByOne(vectors: Float64Array[], random: Random): Float64Array[] {
  const done: Float64Array[] = [];
  for (const vector of vectors) {
    let rest = withoutPartsAlong(done, vector);
    while (Math.sqrt(dot(rest, rest)) <= DEPENDENT * Math.sqrt(dot(vector, vector)))
      rest = withoutPartsAlong(done, Float64Array.from(rest, random.normal));
    done.push(scaled(rest));
  }
  return done;
}

function withoutPartsAlong(axes: Float64Array[], vector: Float64Array): Float64Array {
  const rest = Float64Array.from(vector);
  for (const axis of axes) addTo(rest, axis, -dot(axis, rest));
  return rest;
}

function scaled(vector: Float64Array): Float64Array {
  const length = Math.sqrt(dot(vector, vector));
  return length === 0 ? vector : vector.map((value) => value / length);
}

function addTo(target: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < target.length; i++) target[i] += factor * vector[i];
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
