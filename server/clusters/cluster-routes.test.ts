import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ItemId } from '../../retrieval/gallery/item.ts';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import {
  COLOURS,
  postImage,
  postJson,
  type Served,
  sendJson,
  serve,
  storeItem,
} from '../served.test-helper.ts';

/** The colours lie in three clusters: reds, greens, and a blue that is alone. */
const METHOD = { name: 'k-means', k: 3, seed: 1, restarts: 5 } as const;

let served: Served;

beforeAll(async () => {
  served = await serve();
});
afterAll(() => served.close());
beforeEach(async () => {
  await served.gallery.clusters.run(METHOD);
});

type Item = { id: string; label: string | null; sizeBytes: number };
type Cluster = { id: number; name: string | null; size: number; examples: Item[]; medoid: Item };
/** Every field that an answer here may have. */
type Body = Record<'clustering' | 'search' | 'x' | 'y' | 'labels', unknown> & {
  cluster: Cluster;
  clusters: Cluster[];
  members: Item[];
  groups: { items: Item[] }[];
  name: string | null;
  next: number;
  ids: string[];
  labelNames: string[];
};

async function ask(path: string, method = 'GET', body?: unknown) {
  const response = await sendJson(method, `${served.url}/v1/galleries/colours${path}`, body);
  return { status: response.status, body: (await response.json()) as Body };
}

async function clusterOf(id: string): Promise<Cluster> {
  const { clusters } = (await ask('/clusters')).body;
  return clusters.find(({ examples }) => examples.some((one) => one.id === id)) as Cluster;
}

test('a gallery that was not clustered says so', async () => {
  const { gallery, model } = served;
  await sendJson('POST', `${served.url}/v1/galleries`, { name: 'empty', model: model.id });
  const response = await fetch(`${served.url}/v1/galleries/empty/clusters`);
  expect(await response.json()).toEqual({ clustering: null, clusters: [] });
  const map = await fetch(`${served.url}/v1/galleries/empty/map`);
  expect(map.status).toBe(404);
  const duplicates = await fetch(`${served.url}/v1/galleries/empty/duplicates`);
  expect(await duplicates.json()).toEqual({ search: null, total: 0, groups: [] });
  expect(gallery.size()).toBe(Object.keys(COLOURS).length);
  await fetch(`${served.url}/v1/galleries/empty`, { method: 'DELETE' });
});

test('clusters come in pages, the largest first, each with examples, medoid and suggestion', async () => {
  const { body } = await ask('/clusters?limit=2&examples=3');
  expect(body.clustering).toMatchObject({ method: METHOD, items: 9, noise: 0, clusters: 3 });
  expect(body.clusters.map(({ size }) => size)).toEqual([4, 4]);
  expect(body.next).toBe(2);
  const rest = (await ask('/clusters?offset=2')).body;
  expect(rest.clusters).toMatchObject([
    { size: 1, suggestion: { label: 'blau & grün', votes: 1, labelled: 1 } },
  ]);
  expect(rest).not.toHaveProperty('next');
  for (const { examples, medoid } of body.clusters) {
    expect(examples).toHaveLength(3);
    expect(medoid.id.split('/')[0]).toBe(examples[0].id.split('/')[0]);
  }
});

test('a cluster comes with its members in pages; none of that id is 404', async () => {
  const { id } = await clusterOf('red/1.png');
  const { body } = await ask(`/clusters/${id}?limit=3`);
  expect(body.cluster).toMatchObject({ id, size: 4 });
  expect(body.members).toHaveLength(3);
  expect(body.members[0]).toMatchObject({ label: 'red', imageUrl: expect.stringContaining('/v1/') });
  const rest = (await ask(`/clusters/${id}?limit=3&offset=${body.next}`)).body;
  expect(rest.members).toHaveLength(1);
  expect((await ask('/clusters/999')).status).toBe(404);
});

test('a name stays when the gallery is clustered again', async () => {
  const { id } = await clusterOf('green/1.png');
  expect((await ask(`/clusters/${id}`, 'PATCH', { name: 'leaves' })).body).toMatchObject({
    id,
    name: 'leaves',
  });
  await served.gallery.clusters.run({ ...METHOD, seed: 7 });
  expect(await clusterOf('green/1.png')).toMatchObject({ id, name: 'leaves' });
  expect((await ask(`/clusters/${id}`, 'PATCH', { name: null })).body.name).toBeNull();
});

test('labelling a cluster labels its members, or those without a label alone', async () => {
  const { gallery } = served;
  const { id } = await clusterOf('green/1.png');
  await gallery.patch(['green/1.png' as ItemId], { label: null });
  const some = await ask(`/clusters/${id}/label`, 'POST', { label: 'moss', unlabelledOnly: true });
  expect(some.body).toEqual({ changed: 1 });
  expect(gallery.item('green/1.png' as ItemId)?.label).toBe('moss');
  expect((await ask(`/clusters/${id}/label`, 'POST', { label: 'green' })).body).toEqual({ changed: 4 });
  expect(gallery.item('green/1.png' as ItemId)?.label).toBe('green');
});

test('merged clusters are one, now and when the gallery is clustered again', async () => {
  const [red, blue] = [await clusterOf('red/1.png'), await clusterOf('blau & grün/a#b?c%20d.png')];
  const merged = await ask('/clusters/merge', 'POST', { into: red.id, from: [blue.id] });
  expect(merged.body).toMatchObject({ id: red.id, size: 5, isMerged: true });
  expect((await ask('/clusters/merge', 'POST', { into: red.id, from: [red.id] })).status).toBe(400);
  await served.gallery.clusters.run(METHOD);
  expect((await ask(`/clusters/${red.id}`)).body.cluster.size).toBe(5);
});

test('a search answers the cluster of every neighbour, and the one that the query falls in', async () => {
  const { id } = await clusterOf('green/2.png');
  const include = JSON.stringify(['cluster']);
  type Answer = { cluster?: { id: number }; results: { cluster?: { id: number } }[] };
  const read = async (response: Response) => (await response.json()) as Answer;
  const answer = await read(await postImage(served.url, await colourPng(12, 240, 14), { k: '3', include }));
  expect(answer.cluster).toMatchObject({ id, confidence: expect.any(Number) });
  for (const { cluster } of answer.results) expect(cluster?.id).toBe(id);
  const ofItem = await read(await postJson(served.url, { id: 'green/2.png', include: ['cluster'] }));
  expect(ofItem.cluster?.id).toBe(id);
  const without = await read(await postJson(served.url, { id: 'green/2.png' }));
  expect(without).not.toHaveProperty('cluster');
  expect(without.results[0]).not.toHaveProperty('cluster');
});

test('near duplicates come as groups of items, the largest file first', async () => {
  const { gallery, folder, model } = served;
  const bytes = await colourPng(250, 10, 10, 96);
  const { vector } = await model.embedImage(bytes);
  await gallery.put([await storeItem(folder, 'copies/larger.png', bytes, vector)]);
  await gallery.duplicates.run({ threshold: 0.99999 });
  const { body } = await ask('/duplicates');
  expect(body.search).toMatchObject({ threshold: 0.99999 });
  const [{ items }] = body.groups;
  expect(items.map(({ id }) => id).toSorted()).toEqual(['copies/larger.png', 'red/1.png']);
  expect(items[0].sizeBytes).toBeGreaterThanOrEqual(items[1].sizeBytes);
  await gallery.remove(['copies/larger.png' as ItemId]);
});

test('the map has a point for every item', async () => {
  await served.gallery.map.run(1);
  const { body } = await ask('/map');
  expect(body.ids).toHaveLength(9);
  for (const column of ['x', 'y', 'labels', 'clusters'] as const) expect(body[column]).toHaveLength(9);
  expect(body.labelNames.toSorted()).toEqual(['blau & grün', 'green', 'red']);
});
