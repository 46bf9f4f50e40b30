import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import { openProducts, type Products } from '../matrix/open-products.ts';
import { concentrationOf } from './confidence.ts';
import { findClusters } from './find-clusters.ts';
import { placeByCentres, placeByNeighbours } from './place.ts';
import { cosine } from './unit-vectors.ts';

const DIM = 10;
const KNOWN = 600;

const { vectors } = clusteredVectors(KNOWN + 60, DIM, 6, 0.5);
const known = { vectors: vectors.slice(0, KNOWN * DIM), dim: DIM };
const row = (i: number) => vectors.slice(i * DIM, (i + 1) * DIM);
const arrivals = Array.from({ length: 60 }, (_, i) => KNOWN + i);

let products: Products;

beforeAll(async () => {
  products = await openProducts({ threads: 1 });
});
afterAll(() => products.close());

test('by centres, vectors fall where their like are, and their confidence is as that of members', async () => {
  const { members, clusters, confidences } = await findClusters(
    known,
    { name: 'k-means', k: 6, seed: 1 },
    products,
  );
  const placing = clusters.map(({ centroid, reach }, id) => ({ id, centres: centroid, reach }));
  const cohesion = clusters.reduce((sum, one) => sum + one.cohesion * one.size, 0) / KNOWN;
  const place = (i: number) => placeByCentres(row(i), placing, concentrationOf(cohesion, DIM));
  for (let i = 0; i < 100; i++) {
    expect(place(i)?.cluster).toBe(members[i]);
    expect(place(i)?.confidence).toBeCloseTo(confidences[i], 2);
  }
  expect(arrivals.filter((i) => place(i)?.cluster === members[i % 6]).length).toBeGreaterThan(50);
});

test('what lies farther off than all members is in no cluster', () => {
  const east = Float32Array.of(1, 0);
  const placing = [{ id: 'east', centres: east, reach: 0.9 }];
  expect(placeByCentres(Float32Array.of(0.8, 0.6), placing, 10)).toBeUndefined();
  expect(placeByCentres(Float32Array.of(0.96, 0.28), placing, 10)).toEqual({
    cluster: 'east',
    confidence: 1,
  });
});

test('of a merged cluster, the nearest of its centres counts', () => {
  const placing = [
    { id: 'merged', centres: Float32Array.of(1, 0, -1, 0), reach: 0.9 },
    { id: 'north', centres: Float32Array.of(0, 1), reach: 0.5 },
  ];
  expect(placeByCentres(Float32Array.of(-0.96, 0.28), placing, 10)?.cluster).toBe('merged');
});

test('by neighbours, vectors fall where density clusters have their like', async () => {
  const options = { minClusterSize: 8, minSamples: 4 };
  const found = await findClusters(known, { name: 'density', ...options }, products);
  const place = (i: number) => {
    const neighbours = Array.from({ length: KNOWN }, (_, j) => ({
      similarity: cosine(vectors, i, vectors, j, DIM),
      cluster: found.members[j] < 0 ? null : found.members[j],
      coreDistance: found.coreDistances![j],
    }));
    const nearest = neighbours.sort((a, b) => b.similarity - a.similarity).slice(0, 12);
    return placeByNeighbours(nearest, options.minSamples, (cluster) => found.clusters[cluster].extent!);
  };
  const placed = arrivals.filter((i) => place(i));
  expect(placed.length).toBeGreaterThan(40);
  for (const i of placed) {
    expect(place(i)?.cluster).toBe(found.members[i % 6]);
    expect(place(i)?.confidence).toBeGreaterThan(0);
    expect(place(i)?.confidence).toBeLessThanOrEqual(1);
  }
});

test('beside noise, or beyond where its cluster ends, a vector is in none', () => {
  const extentOf = () => ({ widest: 0.5, densest: 0.1 });
  const near = { similarity: 0.98, coreDistance: 0.1 };
  expect(placeByNeighbours([{ ...near, cluster: null }], 1, extentOf)).toBeUndefined();
  const placed = placeByNeighbours([{ ...near, cluster: 'a' }], 1, extentOf);
  expect(placed?.cluster).toBe('a');
  expect(placed?.confidence).toBeCloseTo(0.1 / 0.2, 6);
  expect(placeByNeighbours([{ ...near, similarity: 0.8, cluster: 'a' }], 1, extentOf)).toBeUndefined();
  expect(placeByNeighbours([], 1, extentOf)).toBeUndefined();
});
