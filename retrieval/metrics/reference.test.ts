/** Figures against stored ones by the definitions of pytorch-metric-learning, scikit-learn and the paper. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mean } from './bootstrap.ts';
import { contingency } from './contingency.ts';
import { adjustedMutualInformation, normalizedMutualInformation } from './mutual-information.ts';
import { pairAgreement } from './pair-agreement.ts';
import { type LabelledVectors, queryFigures } from './query-figures.ts';
import { hitsAt, recallReport } from './recall.ts';

type Retrieval = {
  dim: number;
  queries: number[];
  queryLabels: number[];
  references?: number[];
  referenceLabels?: number[];
  figures: {
    recall: Record<string, number>;
    precision: Record<string, number>;
    precisionAt1OfMatched: number;
    rPrecision: number;
    mapAtR: number;
    queriesWithoutMatch: number;
  };
};
type Labelings = { classes: number[]; clusters: number[] } & Record<
  'nmiGeometric' | 'nmiArithmetic' | 'ami' | 'pairPrecision' | 'pairRecall' | 'pairF1',
  number
>;

const file = new URL('../../test/references/metrics/metrics.json', import.meta.url);
const reference: { retrieval: Record<string, Retrieval>; labelings: Record<string, Labelings> } = JSON.parse(
  readFileSync(file, 'utf8'),
);

/** Digits after the point: a difference of less than 5e-7. */
const DIGITS = 6;

test.each(Object.entries(reference.retrieval))('retrieval: %s', async (_, { figures: wanted, ...stored }) => {
  const set: LabelledVectors = {
    dim: stored.dim,
    queries: Float32Array.from(stored.queries),
    queryLabels: stored.queryLabels,
    ...(stored.references && {
      references: Float32Array.from(stored.references),
      referenceLabels: stored.referenceLabels ?? [],
    }),
  };
  const ks = Object.keys(wanted.recall).map(Number);
  const figures = await queryFigures(set, { ks, mostRanks: Number.POSITIVE_INFINITY });
  const report = recallReport(set, figures);
  for (const k of ks) {
    expect(report.recall[k]).toBeCloseTo(wanted.recall[k] as number, DIGITS);
    expect(report.precision[k]).toBeCloseTo(wanted.precision[k] as number, DIGITS);
  }
  const matched = (values: Float64Array) =>
    values.filter((_, query) => (figures.classSizes[query] as number) > 0);
  expect(mean(matched(hitsAt(figures, 1)))).toBeCloseTo(wanted.precisionAt1OfMatched, DIGITS);
  expect(mean(matched(figures.rPrecision))).toBeCloseTo(wanted.rPrecision, DIGITS);
  expect(mean(matched(figures.averagePrecision))).toBeCloseTo(wanted.mapAtR, DIGITS);
  expect(report.queriesWithoutMatch).toBe(wanted.queriesWithoutMatch);
});

test.each(Object.entries(reference.labelings))('labelings: %s', (_, { classes, clusters, ...wanted }) => {
  const table = contingency(classes, clusters);
  const { precision, recall, f1 } = pairAgreement(table);
  const figures = {
    nmiGeometric: normalizedMutualInformation(table, 'geometric'),
    nmiArithmetic: normalizedMutualInformation(table, 'arithmetic'),
    ami: adjustedMutualInformation(table),
    pairPrecision: precision,
    pairRecall: recall,
    pairF1: f1,
  };
  for (const [name, value] of Object.entries(figures))
    expect(value, name).toBeCloseTo(wanted[name as keyof typeof wanted], DIGITS);
});

test('labelings of different things are refused', () => {
  expect(() => contingency([1, 2], [1])).toThrow('got 2 and 1 labels');
});
