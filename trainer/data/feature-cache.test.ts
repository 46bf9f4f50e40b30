import { mkdtemp, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentHash } from '../../retrieval/image/content-hash.ts';
import { FeatureCache } from './feature-cache.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-features-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const hash = (i: number) => contentHash(Uint8Array.of(i));

test('features are there again when the cache is opened again', async () => {
  const path = join(folder, 'deep', 'a.features');
  const cache = await FeatureCache.open(path, 3);
  await cache.add(hash(1), Float32Array.of(1, 2, 3));
  await cache.add(hash(2), Float32Array.of(4, 5, 6));
  await cache.add(hash(1), Float32Array.of(9, 9, 9));
  await cache.close();
  const again = await FeatureCache.open(path, 3);
  expect(again.get(hash(1))).toEqual(Float32Array.of(1, 2, 3));
  expect(again.get(hash(2))).toEqual(Float32Array.of(4, 5, 6));
  expect(again.get(hash(3))).toBeUndefined();
  await again.close();
});

test('a record that a crash cut short is dropped, and what comes after it is whole', async () => {
  const path = join(folder, 'b.features');
  const cache = await FeatureCache.open(path, 3);
  await cache.add(hash(1), Float32Array.of(1, 2, 3));
  await cache.add(hash(2), Float32Array.of(4, 5, 6));
  await cache.close();
  await truncate(path, (await stat(path)).size - 1);
  const again = await FeatureCache.open(path, 3);
  expect(again.get(hash(1))).toEqual(Float32Array.of(1, 2, 3));
  expect(again.get(hash(2))).toBeUndefined();
  await again.add(hash(3), Float32Array.of(7, 8, 9));
  await again.close();
  const third = await FeatureCache.open(path, 3);
  expect(third.get(hash(3))).toEqual(Float32Array.of(7, 8, 9));
  await third.close();
});
