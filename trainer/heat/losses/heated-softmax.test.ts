import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  dot,
  type LossOfGraph,
  length,
  openLoss,
  openLosses,
  randomSample,
  type Sample,
  softmax,
  targets,
  unit,
} from './loss.test-helper.ts';

const BATCH = 6;
const CLASSES = 4;
const DIM = 5;

type HeatedUp = 'sm' | 'ln' | 'bn' | 'hln' | 'hbn';

/** The table of logits, one formula a variant. */
const LOGITS: Record<HeatedUp, (f: number[], w: number[], b: number, alpha: number) => number> = {
  sm: (f, w, b) => dot(f, w) + b,
  ln: (f, w, b, alpha) => alpha * dot(unit(f), unit(w)) + b,
  bn: (f, w, b, alpha) => (alpha / Math.sqrt(f.length)) * dot(f, unit(w)) + b,
  hln: (f, w, b, alpha) => LOGITS.ln(f, w, b, alpha),
  hbn: (f, w, b, alpha) => LOGITS.bn(f, w, b, alpha),
};

function logitsOf(variant: HeatedUp, { weights, biases, alpha }: Sample, f: number[]): number[] {
  return weights.map((w, m) => LOGITS[variant](f, w, biases[m], alpha));
}

/** −Σ q log p, averaged over the batch. */
function naiveLoss(variant: HeatedUp, sample: Sample, labelSmoothing: number): number {
  const losses = sample.embedding.map((f, row) => {
    const p = softmax(logitsOf(variant, sample, f));
    const q = targets(sample.labels[row], CLASSES, labelSmoothing);
    return -q.reduce((sum, share, m) => sum + share * Math.log(p[m]), 0);
  });
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

// The plain softmax has no temperature: its α is 1.
const CASES = [
  { variant: 'sm', labelSmoothing: 0, alpha: 1 },
  { variant: 'sm', labelSmoothing: 0.1, alpha: 1 },
  { variant: 'ln', labelSmoothing: 0, alpha: 16 },
  { variant: 'hln', labelSmoothing: 0.1, alpha: 4 },
  { variant: 'bn', labelSmoothing: 0.1, alpha: 16 },
  { variant: 'hbn', labelSmoothing: 0, alpha: 4 },
] as const;

describe('every variant is the cross-entropy of its logits', () => {
  const samples = CASES.map(({ alpha }, i) => [String(i), randomSample(BATCH, CLASSES, DIM, alpha)] as const);
  let answers: Record<string, LossOfGraph>;
  beforeAll(async () => {
    const options = CASES.map((one, i) => [i, { ...one, classes: CLASSES, dim: DIM }]);
    const { evaluate, close } = await openLosses(Object.fromEntries(options), BATCH);
    answers = await evaluate(Object.fromEntries(samples));
    await close();
  });

  test.each(CASES.map((one, i) => ({ ...one, i })))(
    '$variant with label smoothing $labelSmoothing',
    ({ variant, labelSmoothing, i }) => {
      const [key, sample] = samples[i];
      const { loss, biases } = answers[key];
      expect(loss / naiveLoss(variant, sample, labelSmoothing)).toBeCloseTo(1, 5);
      // ∂ℓ/∂b = p − q, averaged: biases are learned in every variant, and α does not scale their gradient.
      biases.forEach((gradient, m) => {
        const parts = sample.embedding.map((f, row) => {
          const q = targets(sample.labels[row], CLASSES, labelSmoothing);
          return (softmax(logitsOf(variant, sample, f))[m] - q[m]) / BATCH;
        });
        expect(gradient).toBeCloseTo(
          parts.reduce((a, b) => a + b, 0),
          5,
        );
      });
    },
  );
});

describe('the l2-normalised softmax', () => {
  let graph: Awaited<ReturnType<typeof openLoss>>;
  beforeAll(async () => {
    graph = await openLoss({ variant: 'ln', classes: CLASSES, dim: DIM, labelSmoothing: 0 }, BATCH);
  });
  afterAll(() => graph.close());

  test('has the gradient of the paper: α Σ (p − q) ŵ, its part along f taken out, over ‖f‖', async () => {
    const sample = randomSample(BATCH, CLASSES, DIM, 4);
    const { embedding } = await graph.evaluate(sample);
    sample.embedding.forEach((f, row) => {
      const p = softmax(logitsOf('ln', sample, f));
      const q = targets(sample.labels[row], CLASSES, 0);
      const direction = f.map((_, i) =>
        sample.weights.reduce((sum, w, m) => sum + sample.alpha * (p[m] - q[m]) * unit(w)[i], 0),
      );
      const along = dot(direction, unit(f));
      const expected = direction.map((value, i) => (value - along * unit(f)[i]) / length(f) / BATCH);
      const error = length(embedding[row].map((value, i) => value - expected[i]));
      expect(error / length(expected)).toBeLessThan(1e-4);
    });
  });

  test('has gradients orthogonal to features and to class weights', async () => {
    const sample = randomSample(BATCH, CLASSES, DIM, 4);
    const gradients = await graph.evaluate(sample);
    for (const part of ['embedding', 'weights'] as const)
      sample[part].forEach((vector, row) => {
        const gradient = gradients[part][row];
        expect(length(gradient)).toBeGreaterThan(1e-5);
        expect(Math.abs(dot(unit(vector), unit(gradient)))).toBeLessThan(1e-4);
      });
  });

  test('does not see the length of features or class weights', async () => {
    const sample = randomSample(BATCH, CLASSES, DIM, 16);
    const scaled = (rows: number[][]) => rows.map((row) => row.map((value) => value * 100));
    const { loss } = await graph.evaluate(sample);
    const longer = await graph.evaluate({
      ...sample,
      embedding: scaled(sample.embedding),
      weights: scaled(sample.weights),
    });
    expect(longer.loss / loss).toBeCloseTo(1, 5);
  });

  test('stays finite for features of zero', async () => {
    const sample = randomSample(BATCH, CLASSES, DIM, 16);
    const nothing = sample.embedding.map((row) => row.map(() => 0));
    const { loss, embedding } = await graph.evaluate({ ...sample, embedding: nothing });
    expect(loss).toBeGreaterThan(0);
    expect(embedding.flat().every(Number.isFinite)).toBe(true);
  });
});

describe('temperature', () => {
  /** Two samples of class 0 between the weights of classes 0 and 1: one 20° from its own, one at 50°, past the boundary. */
  const degrees = [20, 50];
  const sample = (alpha: number): Sample => ({
    embedding: degrees.map((angle) => {
      const radians = (angle / 180) * Math.PI;
      return [Math.cos(radians), Math.sin(radians), 0];
    }),
    weights: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    biases: [0, 0, 0],
    labels: [0, 0],
    alpha,
  });

  test('a large α leaves a well classified sample without gradient, a small one treats all alike', async () => {
    const { evaluate, close } = await openLoss({ variant: 'ln', classes: 3, dim: 3, labelSmoothing: 0 }, 2);
    const share = async (alpha: number) => {
      const [well, badly] = (await evaluate(sample(alpha))).embedding.map(length);
      return well / badly;
    };
    const shares = [await share(64), await share(16), await share(4), await share(1)];
    await close();
    expect(shares[0]).toBeLessThan(1e-6);
    expect(shares[1]).toBeLessThan(0.02);
    expect(shares[2]).toBeGreaterThan(0.1);
    expect(shares[3]).toBeGreaterThan(0.5);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
});
