import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { clusteredVectors } from './clustered-vectors.test-helper.ts';
import { HnswGraph } from './hnsw-graph.ts';
import { DEFAULT_SETTINGS } from './hnsw-settings.ts';
import { meanRecall, shareFound } from './recall-check.ts';
import type { Slot } from './vector-index.ts';

const DIM = 32;
const COUNT = 6000;
const CLUSTERS = 120;
const data = clusteredVectors(COUNT + 50, DIM, CLUSTERS, 1.2);
const queries = Array.from({ length: 50 }, (_, i) => data.row(COUNT + i));
const graph = new HnswGraph(DIM, DEFAULT_SETTINGS);
for (const slot of data.slots.slice(0, COUNT)) graph.add(slot, data.row(slot - 1));

function recallAmong(only: Float64Array, k = 10): number {
  const shares = queries.map((query) => {
    const found = graph.searchAmong(only, query, k);
    expect(found).toHaveLength(Math.min(k, only.length));
    return shareFound(found, graph.compareAmong(only, query, k), [], k);
  });
  return meanRecall(shares, k)!.recall;
}

const slotsWhere = (isAllowed: (slot: number) => boolean) =>
  Float64Array.from(data.slots.slice(0, COUNT).filter(isAllowed));

describe('a search among some of the slots', () => {
  test.each([0.001, 0.01, 0.1, 0.3, 0.6, 0.9, 0.999])('has its recall at a share of %d', (share) => {
    const random = seededRandom(1, 'share', String(share));
    expect(recallAmong(slotsWhere(() => random.uniform() < share))).toBeGreaterThanOrEqual(0.98);
  });

  test.each([0.02, 0.2, 0.5])('has it too where they are whole clusters, a share of %d', (share) => {
    const only = slotsWhere((slot) => (slot - 1) % CLUSTERS < share * CLUSTERS);
    expect(recallAmong(only)).toBeGreaterThanOrEqual(0.98);
    expect(recallAmong(only, 200)).toBeGreaterThanOrEqual(0.98);
  });

  test('finds all of them when k is larger', () => {
    const only = slotsWhere((slot) => slot % 2 === 0);
    expect(graph.searchAmong(only, queries[0]!, COUNT)).toHaveLength(COUNT / 2);
  });
});

test('compares with the vectors that were there when it began, not with those that come meanwhile', () => {
  const growing = new HnswGraph(DIM, DEFAULT_SETTINGS);
  for (let slot = 1; slot <= 200; slot++) growing.add(slot as Slot, data.row(slot - 1));
  const steps = growing.compareAll(data.row(300), 5);
  steps.next();
  growing.add(301 as Slot, data.row(300));
  let step = steps.next();
  while (!step.done) step = steps.next();
  expect(step.value).toEqual(
    growing.compareAmong(
      Float64Array.from({ length: 200 }, (_, i) => i + 1),
      data.row(300),
      5,
    ),
  );
});

test('takes a removed vector up again in its old place', () => {
  const small = new HnswGraph(DIM, DEFAULT_SETTINGS);
  for (let slot = 1; slot <= 20; slot++) small.add(slot as Slot, data.row(slot));
  small.remove(7 as Slot);
  expect(small.removedCount).toBe(1);
  small.add(70 as Slot, data.row(7));
  expect(small.removedCount).toBe(0);
  expect(small.nodeCount).toBe(20);
  expect(small.search(data.row(7), 1)).toMatchObject([{ slot: 70 }]);
});

test('draws its sample from what is not removed', () => {
  const small = new HnswGraph(DIM, DEFAULT_SETTINGS);
  expect(small.sample(5, seededRandom(1))).toEqual([]);
  for (let slot = 1; slot <= 20; slot++) small.add(slot as Slot, data.row(slot));
  for (let slot = 1; slot <= 15; slot++) small.remove(slot as Slot);
  const drawn = small.sample(100, seededRandom(1)).flatMap(({ slots }) => slots);
  expect([...new Set(drawn)].toSorted((a, b) => a - b)).toEqual([16, 17, 18, 19, 20]);
});
