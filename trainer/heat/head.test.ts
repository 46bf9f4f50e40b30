import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { emptyGraph } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { runOnce } from '../onnx/runner.ts';
import { floats } from '../onnx/tensor.ts';
import { trainBatchNorms } from '../optimize/batch-norms.ts';
import { appendBottleneck, appendUnitLength } from './head.ts';
import { dot, length, randomSample } from './losses/loss.test-helper.ts';
import { VARIANTS, type Variant } from './variants.ts';

const BATCH = 5;
const FEATURES = 6;
const DIM = 3;

const features = randomSample(BATCH, 1, FEATURES, 1).embedding;

/** The bottleneck on random features in training, with its weight and bias. */
async function bottleneck(variant: Variant) {
  const g = new GraphBuilder(emptyGraph('head'));
  g.input('features', 'float32', [BATCH, FEATURES]);
  const embedding = appendBottleneck(g, 'features', FEATURES, DIM, VARIANTS[variant].head, seededRandom(1));
  g.graph.outputs.push({ name: embedding, dims: [] });
  g.graph.initializers.set('bottleneck/bias', floats([0.5, -1, 2]));
  const parameters = [...g.graph.initializers.keys()];
  trainBatchNorms(g, g.parameters);
  const results = await runOnce(
    g.graph,
    { features: floats(features.flat(), [BATCH, FEATURES]) },
    { threads: 1 },
  );
  const values = Array.from(results[embedding].data as Float32Array);
  const weights = Array.from(g.graph.initializers.get('bottleneck/weight')?.data as Float32Array);
  const rows = (list: number[], size: number) =>
    Array.from({ length: list.length / size }, (_, row) => list.slice(row * size, (row + 1) * size));
  return {
    embedding: rows(values, DIM),
    weights: rows(weights, FEATURES),
    trained: g.parameters,
    parameters,
  };
}

function linear(weights: number[][]): number[][] {
  return features.map((f) => weights.map((w, i) => dot(f, w) + [0.5, -1, 2][i]));
}

test.each(['sm', 'ln', 'hln'] as const)(
  'the bottleneck of %s is a linear layer and nothing else',
  async (variant) => {
    const { embedding, weights, trained } = await bottleneck(variant);
    const expected = linear(weights);
    embedding.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(expected.flat()[i], 5);
    });
    expect(trained).toEqual(['bottleneck/weight', 'bottleneck/bias']);
  },
);

test.each(['bn', 'hbn'] as const)(
  'the bottleneck of %s is normalised by the batch, with ε 1e-3',
  async (variant) => {
    const { embedding, weights, trained } = await bottleneck(variant);
    const f = linear(weights);
    for (let i = 0; i < DIM; i++) {
      const column = f.map((row) => row[i]);
      const mean = column.reduce((a, b) => a + b, 0) / BATCH;
      const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / BATCH;
      embedding.forEach((row, n) => {
        expect(row[i]).toBeCloseTo((f[n][i] - mean) / Math.sqrt(variance + 1e-3), 4);
      });
    }
    expect(trained).toContain('bottleneck/shift');
    expect(trained.filter((name) => /scale|running/.test(name))).toEqual([]);
  },
);

test.each(['normsoftmax', 'proxynca++'] as const)(
  'the bottleneck of %s is a linear layer on features of mean 0 and variance 1',
  async (variant) => {
    const { embedding, weights, trained } = await bottleneck(variant);
    features.forEach((f, n) => {
      const mean = f.reduce((a, b) => a + b, 0) / FEATURES;
      const variance = f.reduce((sum, value) => sum + (value - mean) ** 2, 0) / FEATURES;
      const normalised = f.map((value) => (value - mean) / Math.sqrt(variance + 1e-5));
      weights.forEach((w, i) => {
        expect(embedding[n][i]).toBeCloseTo(dot(normalised, w) + [0.5, -1, 2][i], 5);
      });
    });
    expect(trained).toEqual(['bottleneck/weight', 'bottleneck/bias']);
  },
);

test('weights start uniform within the Glorot limit', async () => {
  const { weights } = await bottleneck('sm');
  const limit = Math.sqrt(6 / (FEATURES + DIM));
  expect(Math.max(...weights.flat().map(Math.abs))).toBeLessThanOrEqual(limit);
  expect(Math.max(...weights.flat().map(Math.abs))).toBeGreaterThan(limit / 2);
});

test('rows come to unit length, and a row of zeros stays one', async () => {
  const g = new GraphBuilder(emptyGraph('unit'));
  const y = appendUnitLength(g, g.input('x', 'float32', [3, 2]));
  g.graph.outputs.push({ name: y, dims: [] });
  const { [y]: result } = await runOnce(
    g.graph,
    { x: floats([3, 4, 1e-3, 0, 0, 0], [3, 2]) },
    { threads: 1 },
  );
  const [a, b, c, d, ...zeros] = Array.from(result.data as Float32Array);
  expect([a, b]).toEqual([expect.closeTo(0.6, 6), expect.closeTo(0.8, 6)]);
  expect(length([c, d])).toBeCloseTo(1, 5);
  expect(zeros).toEqual([0, 0]);
});
