import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import { openProducts, type Products } from '../matrix/open-products.ts';
import { concentrationOf, shareOfFirst } from './confidence.ts';
import { findClusters } from './find-clusters.ts';
import { cosine } from './unit-vectors.ts';

const DIM = 12;

let products: Products;

beforeAll(async () => {
  products = await openProducts({ threads: 1 });
});
afterAll(() => products.close());

function blobs(count: number, k: number, spread: number) {
  return { vectors: clusteredVectors(count, DIM, k, spread).vectors, dim: DIM };
}

test('a cluster comes with its size, medoid, cohesion, reach and the nearest others', async () => {
  const set = blobs(400, 8, 0.6);
  const { members, clusters } = await findClusters(set, { name: 'k-means', k: 8, seed: 1 }, products);
  expect(clusters).toHaveLength(8);
  clusters.forEach(({ centroid, size, medoid, cohesion, reach, nearest }, cluster) => {
    const rows = [...members.keys()].filter((row) => members[row] === cluster);
    const sums = rows.map((a) =>
      rows.reduce((sum, b) => sum + cosine(set.vectors, a, set.vectors, b, DIM), 0),
    );
    const toCentroid = rows.map((row) => cosine(set.vectors, row, centroid, 0, DIM));
    expect(size).toBe(rows.length);
    expect(medoid).toBe(rows[sums.indexOf(Math.max(...sums))]);
    expect(cohesion).toBeCloseTo(toCentroid.reduce((sum, value) => sum + value) / size, 5);
    expect(reach).toBeCloseTo(Math.min(...toCentroid), 6);
    const others = [...clusters.keys()].filter((other) => other !== cluster);
    const similarity = (other: number) => cosine(centroid, 0, clusters[other].centroid, 0, DIM);
    const expected = others.sort((a, b) => similarity(b) - similarity(a)).slice(0, 5);
    expect(nearest.map((other) => other.cluster)).toEqual(expected);
  });
});

test('k-means is sure of what lies at a centroid, and not of what lies between two', async () => {
  const { vectors } = blobs(200, 2, 0.9);
  const { members, confidences, clusters } = await findClusters(
    { vectors, dim: DIM },
    { name: 'k-means', k: 2, seed: 1 },
    products,
  );
  const margin = (row: number) => {
    const [a, b] = clusters.map(({ centroid }) => cosine(vectors, row, centroid, 0, DIM));
    return Math.abs(a - b);
  };
  const rows = [...members.keys()].sort((a, b) => margin(a) - margin(b));
  expect(confidences[rows[0]]).toBeLessThan(confidences[rows[199]]);
  for (const confidence of confidences) expect(confidence).toBeGreaterThanOrEqual(0.5);
  expect(shareOfFirst([0.4, 0.4], concentrationOf(0.8, DIM))).toBe(0.5);
});

test('k is chosen where none is given, and said', async () => {
  const { clusters, chosen } = await findClusters(
    blobs(300, 10, 0.2),
    { name: 'k-means', seed: 1 },
    products,
  );
  expect(chosen?.k).toBe(clusters.length);
  expect(chosen?.tried.length).toBeGreaterThan(5);
});

test('density clusters tell from where to where they reach, and noise is in none', async () => {
  const set = blobs(300, 6, 0.5);
  const { members, clusters, confidences, coreDistances } = await findClusters(
    set,
    { name: 'density' },
    products,
  );
  expect(clusters.length).toBeGreaterThanOrEqual(6);
  for (const { extent } of clusters) expect(extent?.widest).toBeGreaterThan(extent?.densest as number);
  expect(coreDistances).toHaveLength(300);
  members.forEach((cluster, row) => {
    if (cluster < 0) expect(confidences[row]).toBe(0);
  });
});
