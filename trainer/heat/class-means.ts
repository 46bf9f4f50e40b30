/** Class weights to begin with: W_m is the mean embedding of class m at unit length (the paper's initialisation for many classes). */
import { type Tensor, tensor } from '../onnx/tensor.ts';

/** ε under the root, as in the authors' code. */
const EPSILON = 1e-4;

/**
 * @param embeddings float32 [labels.length, dim], as they come from the bottleneck.
 * @param labels class numbers below `classes`.
 * @returns float32 [classes, dim].
 */
export function classMeans(embeddings: Float32Array, labels: Int32Array, classes: number): Tensor {
  const dim = embeddings.length / labels.length;
  const means = new Float32Array(classes * dim);
  const counts = new Float32Array(classes);
  labels.forEach((label, row) => {
    counts[label]++;
    for (let i = 0; i < dim; i++) means[label * dim + i] += embeddings[row * dim + i];
  });
  for (let label = 0; label < classes; label++) {
    const mean = means.subarray(label * dim, (label + 1) * dim);
    let squares = 0;
    for (let i = 0; i < dim; i++) {
      mean[i] /= Math.max(1, counts[label]);
      squares += mean[i] ** 2;
    }
    const length = Math.sqrt(squares + EPSILON);
    for (let i = 0; i < dim; i++) mean[i] /= length;
  }
  return tensor('float32', means, [classes, dim]);
}
