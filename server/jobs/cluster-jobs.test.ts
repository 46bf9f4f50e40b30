import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, sendJson, serve } from '../served.test-helper.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());

type JobView = { state: string; result: Record<string, unknown> | null; endedAt: string | null };

function startJob(body: unknown): Promise<Response> {
  return sendJson('POST', `${served.url}/v1/galleries/colours/jobs`, body);
}

async function ended(body: unknown): Promise<JobView> {
  const response = await startJob(body);
  expect(response.status, await response.clone().text()).toBe(202);
  const job = async () => {
    return (await (await fetch(served.url + response.headers.get('location'))).json()) as JobView;
  };
  await expect.poll(async () => (await job()).endedAt, { timeout: 50_000 }).not.toBeNull();
  return job();
}

test('a gallery is clustered, searched for duplicates and drawn by jobs, and its routes then answer', async () => {
  const clustered = await ended({ kind: 'cluster', method: 'k-means', k: 3, restarts: 5 });
  expect(clustered).toMatchObject({ state: 'done', result: { items: 9, clusters: 3, noise: 0 } });
  const { clusters } = (await (await fetch(`${served.url}/v1/galleries/colours/clusters`)).json()) as {
    clusters: unknown[];
  };
  expect(clusters).toHaveLength(3);
  const density = await ended({ kind: 'cluster', method: 'density', minClusterSize: 3 });
  expect(density).toMatchObject({ state: 'done', result: { items: 9 } });
  expect(await ended({ kind: 'duplicates', threshold: 0.999 })).toMatchObject({ state: 'done' });
  expect(await ended({ kind: 'map' })).toMatchObject({ state: 'done', result: { items: 9 } });
  expect((await fetch(`${served.url}/v1/galleries/colours/map`)).status).toBe(200);
});

test('parameters of another method are refused before anything begins', async () => {
  for (const body of [
    { kind: 'cluster', method: 'density', k: 3 },
    { kind: 'cluster', method: 'other' },
    { kind: 'cluster', method: 'k-means', k: 0 },
    { kind: 'duplicates' },
    { kind: 'duplicates', threshold: 3 },
  ])
    expect((await startJob(body)).status).toBe(400);
});
