import { expect, test } from 'vitest';
import { nearestNeighbours } from './nearest-neighbours.ts';
import type { Label } from './number-labels.ts';
import { recallAtK } from './recall.ts';

const KS = [1, 2, 4, 8];

/** Numbers between -1 and 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

function unitVectors(count: number, dim: number, seed: number): Float32Array {
  const next = random(seed);
  const rows = Array.from({ length: count }, () => {
    const row = Array.from({ length: dim }, next);
    return row.map((value) => value / Math.hypot(...row));
  });
  return Float32Array.from(rows.flat());
}

const labelsOf = (count: number, classes: number, seed: number) => {
  const next = random(seed);
  return Array.from({ length: count }, () => `class ${Math.floor(((next() + 1) / 2) * classes)}`);
};

/** The definitions written out: sort everything, look at the first k. */
function naive(queries: Float32Array, references: Float32Array, dim: number, self: boolean): number[][] {
  const row = (vectors: Float32Array, i: number) => [...vectors.subarray(i * dim, (i + 1) * dim)];
  const indices = Array.from({ length: references.length / dim }, (_, i) => i);
  return Array.from({ length: queries.length / dim }, (_, query) => {
    const q = row(queries, query);
    const similarity = indices.map((i) =>
      row(references, i).reduce((sum, value, d) => sum + value * (q[d] as number), 0),
    );
    return indices
      .filter((i) => !(self && i === query))
      .sort((a, b) => (similarity[b] as number) - (similarity[a] as number) || a - b);
  });
}

function naiveFigures(order: number[][], queryLabels: Label[], referenceLabels: Label[]) {
  const same = (query: number, k: number) =>
    (order[query] as number[]).slice(0, k).filter((i) => referenceLabels[i] === queryLabels[query]).length;
  const mean = (figure: (query: number) => number) =>
    queryLabels.reduce((sum: number, _, query) => sum + figure(query), 0) / queryLabels.length;
  return {
    recall: Object.fromEntries(KS.map((k) => [k, mean((query) => Math.min(1, same(query, k)))])),
    precision: Object.fromEntries(KS.map((k) => [k, mean((query) => same(query, k) / k)])),
  };
}

test.each([
  [3, 2],
  [129, 7],
  [300, 64],
])('open: %i vectors of %i dimensions give what the definition says', async (count, dim) => {
  const queries = unitVectors(count, dim, 1);
  const queryLabels = labelsOf(count, 9, 2);
  const report = await recallAtK({ queries, queryLabels, dim, ks: KS });
  expect(report).toMatchObject(naiveFigures(naive(queries, queries, dim, true), queryLabels, queryLabels));
  expect(report).toMatchObject({ protocol: 'open', queries: count, references: count });
});

test('closed: queries among references give what the definition says', async () => {
  const dim = 5;
  const queries = unitVectors(140, dim, 3);
  const references = unitVectors(270, dim, 4);
  const queryLabels = labelsOf(140, 12, 5);
  const referenceLabels = labelsOf(270, 12, 6);
  const report = await recallAtK({ queries, queryLabels, references, referenceLabels, dim, ks: KS });
  const order = naive(queries, references, dim, false);
  expect(report).toMatchObject(naiveFigures(order, queryLabels, referenceLabels));
  expect(report).toMatchObject({ protocol: 'closed', queries: 140, references: 270 });
});

test('equal vectors are ranked by lower index, itself left out', async () => {
  const dim = 2;
  const one = [0.6, 0.8];
  const queries = Float32Array.from(Array.from({ length: 300 }, () => one).flat());
  const { indices, similarities } = await nearestNeighbours({ queries, dim }, 3);
  expect([...indices.subarray(0, 3)]).toEqual([1, 2, 3]);
  expect([...indices.subarray(3, 6)]).toEqual([0, 2, 3]);
  expect([...indices.subarray(299 * 3)]).toEqual([0, 1, 2]);
  expect(similarities.every((value) => Math.abs(value - 1) < 1e-6)).toBe(true);
});

test('an exact duplicate is a neighbour like any other, in whatever tile it is', async () => {
  const dim = 16;
  const queries = unitVectors(400, dim, 7);
  queries.copyWithin(399 * dim, 0, dim);
  const { indices, k } = await nearestNeighbours({ queries, dim }, 1);
  expect([indices[0], indices[399 * k]]).toEqual([399, 0]);
});

test('a class with one image is a miss that is counted', async () => {
  const queries = Float32Array.from([1, 0, 1, 0, 0, 1]);
  const report = await recallAtK({ queries, queryLabels: ['a', 'a', 'b'], dim: 2, ks: [1] });
  expect(report).toMatchObject({ recall: { 1: 2 / 3 }, queriesWithoutMatch: 1, classes: 2 });
});

test('more neighbours than there are references are all of them, and precision still divides by k', async () => {
  const queries = Float32Array.from([1, 0, 1, 0]);
  const report = await recallAtK({ queries, queryLabels: ['a', 'a'], dim: 2, ks: [1, 4] });
  expect(report.recall).toEqual({ 1: 1, 4: 1 });
  expect(report.precision).toEqual({ 1: 1, 4: 0.25 });
  const single = await recallAtK({ queries: queries.subarray(0, 2), queryLabels: ['a'], dim: 2, ks: [1] });
  expect(single).toMatchObject({ recall: { 1: 0 }, queriesWithoutMatch: 1 });
});

test('labels that do not fit the vectors, and a k below 1, are refused', async () => {
  const queries = Float32Array.from([1, 0, 1, 0]);
  const bad = (set: object) =>
    expect(recallAtK({ queries, queryLabels: ['a', 'a'], dim: 2, ks: [1], ...set })).rejects;
  await bad({ queryLabels: ['a'] }).toThrow('got 1 labels for 2 vectors');
  await bad({ references: queries }).toThrow('label for each reference');
  await bad({ ks: [0] }).toMatchObject({ code: 'bad-input' });
  await bad({ queries: new Float32Array(), queryLabels: [] }).toThrow('at least one query');
});

test('thousands of vectors leave turns to the event loop and stop at a signal', async () => {
  const dim = 64;
  const queries = unitVectors(3000, dim, 8);
  const controller = new AbortController();
  let longestGapMs = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longestGapMs = Math.max(longestGapMs, performance.now() - last);
    last = performance.now();
  }, 1);
  await nearestNeighbours({ queries, dim }, 8);
  clearInterval(timer);
  expect(longestGapMs).toBeGreaterThan(0);
  expect(longestGapMs).toBeLessThan(100);
  controller.abort();
  await expect(nearestNeighbours({ queries, dim }, 8, controller)).rejects.toMatchObject({
    code: 'interrupted',
  });
});
