import { expect, test } from 'vitest';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import { findClustersInThread, findDuplicatesInThread } from './in-cluster-thread.ts';

const DIM = 12;

function blobs(count: number, k: number, spread: number) {
  return { vectors: clusteredVectors(count, DIM, k, spread).vectors, dim: DIM };
}

test('progress comes out of the thread, and an abort goes in', async () => {
  const controller = new AbortController();
  const stages = new Set<string>();
  const run = findClustersInThread(
    blobs(6000, 200, 2),
    { name: 'k-means', k: 300, seed: 1, restarts: 99 },
    {
      signal: controller.signal,
      onProgress: ({ stage }) => {
        stages.add(stage);
        if (stage === 'k-means') controller.abort();
      },
    },
  );
  await expect(run).rejects.toMatchObject({ code: 'interrupted' });
  expect(stages).toEqual(new Set(['drawing first centroids', 'k-means']));
});

test('duplicates are found in the thread too, and its errors come back as they are', async () => {
  const set = blobs(100, 50, 0.05);
  expect(await findDuplicatesInThread(set, { threshold: 0.98 })).toHaveLength(50);
  await expect(findDuplicatesInThread(set, { threshold: 2 })).rejects.toMatchObject({ code: 'bad-input' });
});
