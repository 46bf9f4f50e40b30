/** Losses in a session of their own with their gradients, random batches to evaluate them on, and the arithmetic of their formulas. */
import { seededRandom } from '../../../retrieval/random.ts';
import { appendGradients } from '../../autodiff/append-gradients.ts';
import { copyGraph, emptyGraph, type Graph, type Value } from '../../onnx/graph.ts';
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

/** A loss and its gradients with respect to embedding, weights and biases; empty for what the loss does not have. */
export type LossOfGraph = { loss: number; embedding: number[][]; weights: number[][]; biases: number[] };

/** What a sample feeds, by the name that it has in a graph of one loss. */
const FEEDS: Record<string, (sample: Sample) => Tensor> = {
  embedding: ({ embedding }) => matrix(embedding),
  labels: ({ labels }) => ints(labels),
  alpha: ({ alpha }) => floats(alpha),
  [CLASS_WEIGHTS]: ({ weights }) => matrix(weights),
  [CLASS_BIASES]: ({ biases }) => floats(biases),
};

/** What is differentiated. */
const WRT = ['embedding', CLASS_WEIGHTS, CLASS_BIASES];

/** One loss: `evaluate` answers its value and gradients. */
export async function openLoss(options: LossOptions & { variant: Variant }, batch: number) {
  const { evaluate, close } = await openLosses({ one: options }, batch);
  return { close, evaluate: async (sample: Sample) => (await evaluate({ one: sample })).one };
}

/** Several losses side by side in one session, as sessions are slow to open; samples and answers go by the losses' keys. */
export async function openLosses(losses: Record<string, LossOptions & { variant: Variant }>, batch: number) {
  const { g, values } = placeLosses(losses, batch);
  const shapes = await readShapes(g.graph);
  const gradients = Object.entries(values).map(([key, loss]) => {
    const wrt = WRT.map((name) => `${key}/${name}`);
    return [key, appendGradients(g, loss, wrt, shapes)] as const;
  });
  const wanted = [...Object.values(values), ...gradients.flatMap(([, found]) => [...found.values()])];
  const runner = await GraphRunner.open(withOutputs(g.graph, wanted), { threads: 1 });
  return {
    close: () => runner.close(),
    async evaluate(samples: Record<string, Sample>): Promise<Record<string, LossOfGraph>> {
      const results = await runner.run(feedsOf(g.graph, samples), wanted);
      const answers = gradients.map(([key, found]) => {
        const gradient = (name: Value) => results[found.get(`${key}/${name}`) as Value];
        return [
          key,
          {
            loss: Number(results[values[key]].data[0]),
            embedding: rowsOf(gradient('embedding')),
            weights: rowsOf(gradient(CLASS_WEIGHTS)),
            biases: Array.from(gradient(CLASS_BIASES)?.data ?? [], Number),
          },
        ];
      });
      return Object.fromEntries(answers);
    },
  };
}

/** The same without gradients: only the values of the losses, in a graph without any differentiation. */
export async function openLossValues(
  losses: Record<string, LossOptions & { variant: Variant }>,
  batch: number,
) {
  const { g, values } = placeLosses(losses, batch);
  const wanted = Object.values(values);
  const runner = await GraphRunner.open(withOutputs(g.graph, wanted), { threads: 1 });
  return {
    close: () => runner.close(),
    async evaluate(samples: Record<string, Sample>): Promise<Record<string, number>> {
      const results = await runner.run(feedsOf(g.graph, samples), wanted);
      return Object.fromEntries(
        Object.entries(values).map(([key, loss]) => [key, Number(results[loss].data[0])]),
      );
    },
  };
}

/** Every loss in a scope of its own, its class weights and biases inputs like the rest of the sample. */
function placeLosses(losses: Record<string, LossOptions & { variant: Variant }>, batch: number) {
  const g = new GraphBuilder(emptyGraph('losses'));
  const values = Object.entries(losses).map(([key, options]) => {
    const embedding = g.input(`${key}/embedding`, 'float32', [batch, options.dim]);
    const labels = g.input(`${key}/labels`, 'int64', [batch]);
    const alpha = g.input(`${key}/alpha`, 'float32', []);
    return [
      key,
      g.in(key, () => appendLoss(g, { embedding, labels, alpha }, options, seededRandom(1))),
    ] as const;
  });
  for (const name of g.parameters) {
    g.graph.inputs.push({ name, dtype: 'float32', dims: g.graph.initializers.get(name)?.dims as number[] });
    g.graph.initializers.delete(name);
  }
  return { g, values: Object.fromEntries(values) };
}

function withOutputs(graph: Graph, names: Value[]): Graph {
  return { ...copyGraph(graph), outputs: names.map((name) => ({ name, dims: [] })) };
}

function feedsOf(graph: Graph, samples: Record<string, Sample>): Record<Value, Tensor> {
  const feeds = Object.entries(samples).flatMap(([key, sample]) =>
    Object.entries(FEEDS).map(([name, feed]) => [`${key}/${name}`, feed(sample)] as const),
  );
  const known = new Set(graph.inputs.map(({ name }) => name));
  return Object.fromEntries(feeds.filter(([name]) => known.has(name)));
}

function matrix(rows: number[][]): Tensor {
  return floats(rows.flat(), [rows.length, rows[0].length]);
}

function rowsOf(rows: Tensor | undefined): number[][] {
  if (!rows) return [];
  const [count, columns] = rows.dims;
  const values = Array.from(rows.data as Float32Array);
  return Array.from({ length: count }, (_, row) => values.slice(row * columns, (row + 1) * columns));
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
