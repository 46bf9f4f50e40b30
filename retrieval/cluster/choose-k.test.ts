import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import { openProducts, type Products } from '../matrix/open-products.ts';
import { chooseK } from './choose-k.ts';
import { meanSilhouette } from './silhouette.ts';
import { cosine } from './unit-vectors.ts';

let products: Products;

beforeAll(async () => {
  products = await openProducts({ threads: 2 });
});
afterAll(() => products.close());

test('the silhouette is that of its definition, all compared with all', async () => {
  const set = { vectors: clusteredVectors(120, 6, 5, 1.2).vectors, dim: 6 };
  const clusters = Int32Array.from({ length: 120 }, (_, i) => (i === 7 ? 5 : i % 5));
  const distance = (i: number, j: number) => 1 - cosine(set.vectors, i, set.vectors, j, 6);
  const rows = [...clusters.keys()];
  const meanTo = (i: number, cluster: number) => {
    const others = rows.filter((j) => j !== i && clusters[j] === cluster);
    return others.reduce((sum, j) => sum + distance(i, j), 0) / others.length;
  };
  const naive = rows.map((i) => {
    if (i === 7) return 0;
    const a = meanTo(i, clusters[i]);
    const b = Math.min(...[0, 1, 2, 3, 4, 5].filter((c) => c !== clusters[i]).map((c) => meanTo(i, c)));
    return (b - a) / Math.max(a, b);
  });
  const mean = naive.reduce((sum, value) => sum + value) / 120;
  expect(await meanSilhouette(set, clusters, products)).toBeCloseTo(mean, 5);
});

test.each([3, 17, 60])('of %i clusters that lie apart, so many are chosen', async (k) => {
  const set = { vectors: clusteredVectors(600, 24, k, 0.4).vectors, dim: 24 };
  const { k: chosen, tried } = await chooseK(set, 1, products);
  expect(Math.abs(chosen - k)).toBeLessThanOrEqual(Math.ceil(0.1 * k));
  expect(tried.map((one) => one.k)).toEqual(tried.map((one) => one.k).toSorted((a, b) => a - b));
});

test('three vectors are too few to choose among', async () => {
  const set = { vectors: clusteredVectors(3, 4).vectors, dim: 4 };
  await expect(chooseK(set, 1, products)).rejects.toThrow('at least four vectors to choose k for, got 3');
});
