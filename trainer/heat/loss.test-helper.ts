/** The heated-up softmax twice: the graph under test with its gradients, and the paper's formulas written out naively. */
import { seededRandom } from '../../retrieval/random.ts';
import { appendGradients } from '../autodiff/append-gradients.ts';
import { emptyGraph } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { readShapes } from '../onnx/shapes.ts';
import { floats, ints, type Tensor } from '../onnx/tensor.ts';
import { appendHeatedSoftmax, CLASS_BIASES, CLASS_WEIGHTS, type SoftmaxOptions } from './heated-softmax.ts';

export type Sample = {
  embedding: number[][];
  weights: number[][];
  biases: number[];
  labels: number[];
  alpha: number;
};
export type LossOfGraph = { loss: number; embedding: number[][]; weights: number[][]; biases: number[] };

/** The loss graph in a session; `evaluate` answers the loss and its gradients with respect to embedding, weights and biases. */
export async function openLoss(options: SoftmaxOptions, batch: number) {
  const g = new GraphBuilder(emptyGraph('loss'));
  const embedding = g.input('embedding', 'float32', [batch, options.dim]);
  const labels = g.input('labels', 'int64', [batch]);
  const alpha = g.input('alpha', 'float32', []);
  const loss = appendHeatedSoftmax(g, embedding, labels, alpha, options, seededRandom(1));
  const shapes = await readShapes(g.graph);
  const gradients = appendGradients(g, loss, [embedding, CLASS_WEIGHTS, CLASS_BIASES], shapes);
  for (const name of [CLASS_WEIGHTS, CLASS_BIASES]) {
    g.graph.inputs.push({ name, dtype: 'float32', dims: g.graph.initializers.get(name)?.dims as number[] });
    g.graph.initializers.delete(name);
  }
  const [dEmbedding, dWeights, dBiases] = [embedding, CLASS_WEIGHTS, CLASS_BIASES].map(
    (name) => gradients.get(name) as string,
  );
  g.graph.outputs = [loss, dEmbedding, dWeights, dBiases].map((name) => ({ name, dims: [] }));
  const runner = await GraphRunner.open(g.graph, { threads: 1 });
  return {
    close: () => runner.close(),
    async evaluate(sample: Sample): Promise<LossOfGraph> {
      const results = await runner.run(feedsOf(sample), [loss, dEmbedding, dWeights, dBiases]);
      return {
        loss: Number(results[loss].data[0]),
        embedding: rowsOf(results[dEmbedding]),
        weights: rowsOf(results[dWeights]),
        biases: Array.from(results[dBiases].data, Number),
      };
    },
  };
}

function feedsOf({ embedding, labels, alpha, weights, biases }: Sample): Record<string, Tensor> {
  const matrix = (rows: number[][]) => floats(rows.flat(), [rows.length, rows[0].length]);
  return {
    embedding: matrix(embedding),
    labels: ints(labels),
    alpha: floats(alpha),
    [CLASS_WEIGHTS]: matrix(weights),
    [CLASS_BIASES]: floats(biases),
  };
}

function rowsOf({ data, dims: [rows, columns] }: Tensor): number[][] {
  const values = Array.from(data as Float32Array);
  return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns));
}

/** Random embeddings, weights, biases and labels. */
export function randomSample(batch: number, classes: number, dim: number, alpha: number): Sample {
  const random = seededRandom(3);
  const rows = (count: number) =>
    Array.from({ length: count }, () => Array.from({ length: dim }, random.normal));
  return {
    embedding: rows(batch),
    weights: rows(classes),
    biases: Array.from({ length: classes }, random.normal),
    labels: Array.from({ length: batch }, () => random.integer(classes)),
    alpha,
  };
}

export const dot = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
export const length = (a: number[]): number => Math.sqrt(dot(a, a));
export const unit = (a: number[]): number[] => a.map((value) => value / length(a));

/** p_m = exp(z_m) / Σ exp(z). */
export function softmax(logits: number[]): number[] {
  const exponentials = logits.map((z) => Math.exp(z - Math.max(...logits)));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}

/** q_m: 1 − ε at the label, and ε spread evenly. */
export function targets(label: number, classes: number, labelSmoothing: number): number[] {
  return Array.from(
    { length: classes },
    (_, m) => (m === label ? 1 - labelSmoothing : 0) + labelSmoothing / classes,
  );
}
