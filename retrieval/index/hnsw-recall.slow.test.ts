import { expect, test } from 'vitest';
import { clusteredVectors } from './clustered-vectors.test-helper.ts';
import { createExactIndex } from './exact.ts';
import { openHnswIndex } from './hnsw.ts';

test('finds at least 98% of the true ten nearest among 20,000 clustered vectors', async () => {
  const dim = 64;
  const data = clusteredVectors(20_200, dim, 400);
  const [hnsw, exact] = [await openHnswIndex({ dim }), createExactIndex(dim)];
  const vectors = data.vectors.subarray(0, 20_000 * dim);
  await Promise.all([hnsw, exact].map((index) => index.add(data.slots.slice(0, 20_000), vectors)));
  let shared = 0;
  for (let query = 20_000; query < 20_200; query++) {
    const truth = new Set((await exact.search(data.row(query), 10)).map((n) => n.slot));
    const found = await hnsw.search(data.row(query), 10);
    shared += found.filter((n) => truth.has(n.slot)).length;
  }
  await hnsw.close();
  expect(shared / 2000).toBeGreaterThanOrEqual(0.98);
});
