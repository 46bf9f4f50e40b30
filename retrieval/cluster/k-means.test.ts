import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import { openProducts, type Products } from '../matrix/open-products.ts';
import { kMeans } from './k-means.ts';
import { cosine, type UnitVectors } from './unit-vectors.ts';

const DIM = 8;

let products: Products;

beforeAll(async () => {
  products = await openProducts({ threads: 2 });
});
afterAll(() => products.close());

function blobs(count: number, k: number, spread = 0.3, seed = 1): UnitVectors {
  return { vectors: clusteredVectors(count, DIM, k, spread, seed).vectors, dim: DIM };
}

test('clusters that lie apart are found as they are', async () => {
  const { clusters } = await kMeans(blobs(600, 12, 0.2), { k: 12, seed: 1, restarts: 3 }, products);
  const found = new Set(Array.from(clusters, (cluster, i) => `${i % 12}/${cluster}`));
  expect(found.size).toBe(12);
});

test('every vector is with its nearest centroid, and the centroids are directions of the means', async () => {
  const set = blobs(500, 20, 1.5);
  const { centroids, clusters, similarities, objective } = await kMeans(
    set,
    { k: 9, seed: 2, iterations: 300 },
    products,
  );
  let sum = 0;
  for (let i = 0; i < 500; i++) {
    const all = Array.from({ length: 9 }, (_, cluster) => cosine(set.vectors, i, centroids, cluster, DIM));
    expect(all[clusters[i]]).toBeCloseTo(Math.max(...all), 5);
    expect(similarities[i]).toBeCloseTo(Math.max(...all), 5);
    sum += Math.max(...all);
  }
  expect(objective).toBeCloseTo(sum, 2);
  for (let cluster = 0; cluster < 9; cluster++) {
    const mean = meanOf(set, clusters, cluster);
    for (let d = 0; d < DIM; d++) expect(centroids[cluster * DIM + d]).toBeCloseTo(mean[d], 2);
  }
});

test('the same seed gives the same clusters, another one others', async () => {
  const set = blobs(400, 30, 2);
  const run = (seed: number) => kMeans(set, { k: 10, seed }, products);
  const [first, again, other] = [await run(5), await run(5), await run(6)];
  expect(again).toEqual(first);
  expect(other.clusters).not.toEqual(first.clusters);
});

test('more restarts never do worse', async () => {
  const set = blobs(400, 25, 1);
  const objectives: number[] = [];
  for (const restarts of [1, 2, 4, 8])
    objectives.push((await kMeans(set, { k: 25, seed: 3, restarts }, products)).objective);
  expect(objectives).toEqual(objectives.toSorted((a, b) => a - b));
  expect(objectives[3]).toBeGreaterThan(objectives[0]);
});

test.each([1, 7, 40])(
  'no cluster of %i is empty among forty vectors, of which half are the same',
  async (k) => {
    const { vectors } = blobs(40, 40);
    for (let i = 0; i < 20; i++) vectors.set(vectors.slice(0, DIM), i * DIM);
    const { clusters, centroids } = await kMeans({ vectors, dim: DIM }, { k, seed: 1 }, products);
    expect(new Set(clusters).size).toBe(k);
    for (let cluster = 0; cluster < k; cluster++)
      expect(cosine(centroids, cluster, centroids, cluster, DIM)).toBeCloseTo(1, 5);
  },
);

test('a k out of range is refused', async () => {
  const refused = kMeans(blobs(10, 2), { k: 11, seed: 1 }, products);
  await expect(refused).rejects.toThrow(
    'Expected k to be a whole number from 1 to 10, the number of vectors; got 11.',
  );
});

test('an aborted run stops, and says how far it was', async () => {
  const controller = new AbortController();
  const stages: string[] = [];
  const run = kMeans(blobs(2000, 50, 3), { k: 50, seed: 1 }, products, {
    signal: controller.signal,
    onProgress: ({ stage, done }) => {
      stages.push(stage);
      if (stage === 'k-means' && done === 2) controller.abort();
    },
  });
  await expect(run).rejects.toMatchObject({ code: 'interrupted' });
  expect(stages.filter((stage) => stage === 'k-means')).toHaveLength(2);
});

function meanOf({ vectors }: UnitVectors, clusters: Int32Array, cluster: number): number[] {
  const sum = new Array<number>(DIM).fill(0);
  for (let i = 0; i < clusters.length; i++)
    if (clusters[i] === cluster) for (let d = 0; d < DIM; d++) sum[d] += vectors[i * DIM + d];
  return sum.map((value) => value / Math.hypot(...sum));
}
