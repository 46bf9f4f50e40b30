/** A loss in a session of its own with its gradients, random batches to evaluate it on, and the arithmetic of its formulas. */
import { seededRandom } from '../../../retrieval/random.ts';
import { appendGradients } from '../../autodiff/append-gradients.ts';
import { emptyGraph, type Value } from '../../onnx/graph.ts';
import { GraphBuilder } from '../../onnx/graph-builder.ts';
import { GraphRunner } from '../../onnx/runner.ts';
import { readShapes } from '../../onnx/shapes.ts';
import { floats, ints, type Tensor } from '../../onnx/tensor.ts';
import { appendLoss } from '../append-loss.ts';
import type { Variant } from '../variants.ts';
import { CLASS_BIASES, CLASS_WEIGHTS } from './class-weights.ts';
import type { LossOptions } from './loss.ts';

export type Sample = {
  embedding: number[][];
  weights: number[][];
  biases: number[];
  labels: number[];
  alpha: number;
};

/** The loss and its gradients; empty for weights and biases that the loss does not have. */
export type LossOfGraph = {
  loss: number;
  alpha: number;
  embedding: number[][];
  weights: number[][];
  biases: number[];
};

/** The loss graph in a session; `evaluate` answers the loss and its gradients with respect to embedding, weights, biases and α. */
export async function openLoss(options: LossOptions & { variant: Variant }, batch: number) {
  const g = new GraphBuilder(emptyGraph('loss'));
  const embedding = g.input('embedding', 'float32', [batch, options.dim]);
  const labels = g.input('labels', 'int64', [batch]);
  const alpha = g.input('alpha', 'float32', []);
  const loss = appendLoss(g, { embedding, labels, alpha }, options, seededRandom(1));
  const shapes = await readShapes(g.graph);
  const wrt = [embedding, alpha, ...g.parameters];
  const gradients = appendGradients(g, loss, wrt, shapes);
  for (const name of g.parameters) {
    g.graph.inputs.push({ name, dtype: 'float32', dims: g.graph.initializers.get(name)?.dims as number[] });
    g.graph.initializers.delete(name);
  }
  const wanted = [loss, ...gradients.values()];
  g.graph.outputs = wanted.map((name) => ({ name, dims: [] }));
  const runner = await GraphRunner.open(g.graph, { threads: 1 });
  const feedsOf = (sample: Sample): Record<Value, Tensor> => {
    const matrix = (rows: number[][]) => floats(rows.flat(), [rows.length, rows[0].length]);
    const given: Record<Value, Tensor> = {
      embedding: matrix(sample.embedding),
      labels: ints(sample.labels),
      alpha: floats(sample.alpha),
      [CLASS_WEIGHTS]: matrix(sample.weights),
      [CLASS_BIASES]: floats(sample.biases),
    };
    return Object.fromEntries(g.graph.inputs.map(({ name }) => [name, given[name]]));
  };
  return {
    close: () => runner.close(),
    async evaluate(sample: Sample): Promise<LossOfGraph> {
      const results = await runner.run(feedsOf(sample), wanted);
      const gradient = (name: Value) => results[gradients.get(name) as Value];
      return {
        loss: Number(results[loss].data[0]),
        alpha: Number(gradient(alpha)?.data[0] ?? 0),
        embedding: rowsOf(gradient(embedding)),
        weights: rowsOf(gradient(CLASS_WEIGHTS)),
        biases: Array.from(gradient(CLASS_BIASES)?.data ?? [], Number),
      };
    },
  };
}

function rowsOf(matrix: Tensor | undefined): number[][] {
  if (!matrix) return [];
  const [rows, columns] = matrix.dims;
  const values = Array.from(matrix.data as Float32Array);
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
