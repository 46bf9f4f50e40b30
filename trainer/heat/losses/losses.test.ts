/** Every loss against PyTorch, by formulas written again from the papers, and its gradients against finite differences. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { VARIANTS, type Variant } from '../variants.ts';
import { type LossOfGraph, length, openLosses, openLossValues, type Sample } from './loss.test-helper.ts';

type Batch = Omit<Sample, 'alpha'>;
type Evaluated = {
  alpha: number;
  loss: number;
  embedding: number[][] | null;
  weights: number[][] | null;
  biases: number[] | null;
};

/** make-reference.py beside it says how it was made. */
const REFERENCE: {
  dim: number;
  classes: number;
  batches: Record<string, Batch>;
  results: Record<Variant, Record<string, Evaluated>>;
} = JSON.parse(readFileSync('test/references/losses/losses.json', 'utf8'));

const NAMES = Object.keys(VARIANTS) as Variant[];
const LOSSES = Object.fromEntries(
  NAMES.map((variant) => {
    const { labelSmoothing } = VARIANTS[variant];
    return [variant, { variant, labelSmoothing, dim: REFERENCE.dim, classes: REFERENCE.classes }];
  }),
);

/** ‖ours − reference‖ over ‖reference‖ or, where that is next to nothing, over 1e-3. The reference is of float64, ours of float32. */
const TOLERANCE = 2e-5;
const LEAST_LENGTH = 1e-3;

test('every variant has a reference', () => {
  expect(Object.keys(REFERENCE.results).sort()).toEqual([...NAMES].sort());
});

describe.each(Object.keys(REFERENCE.batches))('%s', (name) => {
  const batch = REFERENCE.batches[name];
  const answers = evaluate(batch, (variant) => REFERENCE.results[variant][name].alpha);

  test.each(NAMES)('%s has the value and the gradients of PyTorch', async (variant) => {
    const ours = (await answers)[variant];
    const reference = REFERENCE.results[variant][name];
    expect(relativeError([ours.loss], [reference.loss])).toBeLessThan(TOLERANCE);
    for (const part of ['embedding', 'weights', 'biases'] as const)
      expect(
        relativeError(ours[part].flat(), (reference[part] ?? []).flat()),
        `gradient of ${part}`,
      ).toBeLessThan(TOLERANCE);
  });
});

describe('embeddings of length 0, on their class weight, opposite to it, and all alike', () => {
  const { weights, biases } = REFERENCE.batches['several of each class'];
  const times = (factor: number) => weights[2].map((value) => factor * value);
  const embedding = [times(0), times(2), times(-2), times(1), times(1), times(1e-6), times(1e6)];
  const answers = evaluate({ embedding, weights, biases, labels: [2, 2, 2, 2, 3, 3, 3] }, () => 64);

  test.each(NAMES)('%s and its gradients stay numbers', async (variant) => {
    const { loss, ...gradients } = (await answers)[variant];
    expect(Number.isFinite(loss)).toBe(true);
    for (const gradient of Object.values(gradients))
      expect(gradient.flat().every(Number.isFinite)).toBe(true);
  });
});

describe('finite differences', () => {
  /** Small enough for curves as sharp as multi-similarity's, large enough for float32: losses of about 5, good to 5e-7, over 2/512. */
  const STEP = 1 / 512;
  const DIFFERENCE_TOLERANCE = 1e-2;
  /** Small, since the third derivative grows with its cube. */
  const ALPHA = 4;
  const batch = REFERENCE.batches['several of each class'];
  const differences = measureDifferences(batch, ALPHA, STEP);
  const answers = evaluate(batch, () => ALPHA);

  test.each(NAMES)('%s changes as its gradients say', async (variant) => {
    const ours = (await answers)[variant];
    const reference = (await differences)[variant];
    for (const part of ['embedding', 'weights', 'biases'] as const)
      if (ours[part].length > 0)
        expect(relativeError(ours[part].flat(), reference[part].flat()), `gradient of ${part}`).toBeLessThan(
          DIFFERENCE_TOLERANCE,
        );
      // Without a gradient nothing may depend on it.
      else expect(length(reference[part].flat()), `differences by ${part}`).toBe(0);
  });
});

async function evaluate(
  batch: Batch,
  alphaOf: (variant: Variant) => number,
): Promise<Record<string, LossOfGraph>> {
  const { evaluate, close } = await openLosses(LOSSES, batch.labels.length);
  const samples = NAMES.map((variant) => [variant, { ...batch, alpha: alphaOf(variant) }]);
  const answers = await evaluate(Object.fromEntries(samples));
  await close();
  return answers;
}

/** The gradients of all losses by stepping every number of the batch up and down. */
async function measureDifferences(
  batch: Batch,
  alpha: number,
  step: number,
): Promise<Record<string, Omit<LossOfGraph, 'loss'>>> {
  const { evaluate, close } = await openLossValues(LOSSES, batch.labels.length);
  const at = (moved: Partial<Batch>) =>
    evaluate(Object.fromEntries(NAMES.map((variant) => [variant, { ...batch, alpha, ...moved }])));
  const slopes = async (move: (by: number) => Partial<Batch>) => {
    const [up, down] = [await at(move(step)), await at(move(-step))];
    return Object.fromEntries(NAMES.map((variant) => [variant, (up[variant] - down[variant]) / (2 * step)]));
  };
  const embedding = await mapRows(batch.embedding, (rows) => slopes((by) => ({ embedding: rows(by) })));
  const weights = await mapRows(batch.weights, (rows) => slopes((by) => ({ weights: rows(by) })));
  const biases = await mapRows([batch.biases], (rows) => slopes((by) => ({ biases: rows(by)[0] })));
  await close();
  const of = (found: Record<string, number>[][], variant: Variant) =>
    found.map((row) => row.map((slope) => slope[variant]));
  return Object.fromEntries(
    NAMES.map((variant) => [
      variant,
      {
        embedding: of(embedding, variant),
        weights: of(weights, variant),
        biases: of(biases, variant)[0],
      },
    ]),
  );
}

/** `measure` for every element in turn, given a function that answers the rows with that element moved. */
async function mapRows<T>(
  rows: number[][],
  measure: (moved: (by: number) => number[][]) => Promise<T>,
): Promise<T[][]> {
  const results: T[][] = [];
  for (const [i, row] of rows.entries()) {
    results.push([]);
    for (const j of row.keys())
      results[i].push(
        await measure((by) =>
          rows.map((other, k) => (k === i ? other.map((value, l) => (l === j ? value + by : value)) : other)),
        ),
      );
  }
  return results;
}

function relativeError(ours: number[], reference: number[]): number {
  if (ours.length !== reference.length) return Number.POSITIVE_INFINITY;
  return length(ours.map((value, i) => value - reference[i])) / Math.max(length(reference), LEAST_LENGTH);
}
