import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterId } from './cluster-store.ts';
import { itemId, MODEL, newItem, newItems, vectorOf } from './gallery.test-helper.ts';
import { openGallery } from './gallery.ts';
import type { Gallery, ItemId } from './item.ts';

/** Items of `gallery.test-helper` lie in twenty clusters: those whose numbers are the same modulo 20 are alike. */
const METHOD = { name: 'k-means', k: 20, seed: 1, restarts: 4 } as const;
const DENSITY = { name: 'density', minClusterSize: 5 } as const;

let folder: string;
let gallery: Gallery;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-clusters-'));
  gallery = await openGallery({ folder, name: 'g', model: MODEL, create: true });
  await gallery.put(newItems(0, 400));
});
afterEach(async () => {
  await gallery.close();
  await rm(folder, { recursive: true });
});

async function clusterOf(i: number): Promise<ClusterId> {
  return (await gallery.clusters.ofItems([itemId(i)])).get(itemId(i))!.id;
}

async function idsOfAll(): Promise<ClusterId[]> {
  return Promise.all(Array.from({ length: 20 }, (_, i) => clusterOf(i)));
}

test('a gallery that was not clustered has no clusters, and says how to make them', async () => {
  expect(await gallery.clusters.all()).toBeUndefined();
  expect(await gallery.clusters.ofVector(vectorOf(1))).toBeUndefined();
  await expect(gallery.clusters.cluster(1 as ClusterId)).rejects.toThrow('`sinter cluster`');
});

test('clusters come by falling size, each with what is known of it', async () => {
  await gallery.remove([itemId(20), itemId(40)]);
  expect(await gallery.clusters.run(METHOD)).toMatchObject({ items: 398, clusters: 20, kept: 0, noise: 0 });
  const { clusters, items, noise } = (await gallery.clusters.all())!;
  expect([items, noise]).toEqual([398, 0]);
  expect(clusters.map(({ size }) => size)).toEqual([...Array(19).fill(20), 18]);
  const smallest = clusters.at(-1)!;
  expect(smallest.id).toBe(await clusterOf(0));
  expect(smallest.suggestion).toEqual({ label: 'class-0', votes: 18, labelled: 18 });
  expect(smallest.medoid).toMatch(/^class-0\//);
  expect(smallest.cohesion).toBeGreaterThan(0.9);
  expect(smallest.nearest).toHaveLength(5);
  const members = await gallery.clusters.members(smallest.id, 0, 100);
  expect(members.map(({ id }) => gallery.item(id)?.label)).toEqual(Array(18).fill('class-0'));
  expect(await gallery.clusters.members(smallest.id, 16, 100)).toEqual(members.slice(16));
});

test('a label is suggested by the vote of those who have one', async () => {
  await gallery.clusters.run(METHOD);
  await gallery.patch([itemId(3), itemId(23), itemId(43)], { label: null });
  await gallery.patch([itemId(63)], { label: 'other' });
  const { suggestion } = await gallery.clusters.cluster(await clusterOf(3));
  expect(suggestion).toEqual({ label: 'class-3', votes: 16, labelled: 17 });
});

test.each([METHOD, DENSITY])('items that arrive are placed, by $name', async (method) => {
  await gallery.clusters.run(method);
  await gallery.put(newItems(400, 440));
  for (const i of [400, 419, 433]) {
    const falls = (await gallery.clusters.ofItems([itemId(i)])).get(itemId(i))!;
    expect(falls.id).toBe(await clusterOf(i % 20));
    expect(falls.confidence).toBeGreaterThan(0.1);
  }
  expect((await gallery.clusters.all())?.items).toBe(440);
});

test.each([METHOD, DENSITY])(
  'a query falls in the cluster of its like, one from elsewhere in none, by $name',
  async (method) => {
    await gallery.clusters.run(method);
    const falls = await gallery.clusters.ofVector(vectorOf(1007));
    expect(falls).toMatchObject({ id: await clusterOf(7), name: null });
    const elsewhere = vectorOf(7).map((value) => -value);
    expect(await gallery.clusters.ofVector(elsewhere)).toBeUndefined();
  },
);

test('an item with another image is placed anew, and a removed one is gone', async () => {
  await gallery.clusters.run(METHOD);
  await gallery.put([newItem(5, vectorOf(111))]);
  expect(await clusterOf(5)).toBe(await clusterOf(11));
  const id = await clusterOf(6);
  await gallery.remove([itemId(6)]);
  expect((await gallery.clusters.cluster(id)).size).toBe(19);
  expect((await gallery.clusters.ofItems([itemId(6)])).size).toBe(0);
});

test('clusters that stay mostly the same keep their ids and names, by whichever method', async () => {
  await gallery.clusters.run(METHOD);
  const ids = await idsOfAll();
  await gallery.clusters.rename(ids[4], 'grinning');
  await gallery.put(newItems(400, 600));
  expect(await gallery.clusters.run({ ...METHOD, seed: 2 })).toMatchObject({ kept: 20 });
  expect(await idsOfAll()).toEqual(ids);
  expect((await gallery.clusters.cluster(ids[4])).name).toBe('grinning');
  expect(await gallery.clusters.run(DENSITY)).toMatchObject({ kept: 20 });
  expect(await idsOfAll()).toEqual(ids);
  expect((await gallery.clusters.ofVector(vectorOf(1004)))?.name).toBe('grinning');
});

test('ids of clusters that are gone are not used again', async () => {
  await gallery.clusters.run(METHOD);
  const ids = new Set(await idsOfAll());
  await gallery.clusters.run({ ...METHOD, k: 3 });
  for (const { id } of (await gallery.clusters.all())!.clusters) expect(ids.has(id)).toBe(false);
});

test('what the user merged stays one cluster when the gallery is clustered again', async () => {
  await gallery.clusters.run(METHOD);
  const [a, b, c] = await idsOfAll();
  await gallery.clusters.rename(a, 'both');
  await gallery.clusters.merge(a, [b, c]);
  expect(await gallery.clusters.cluster(a)).toMatchObject({ size: 60, name: 'both', isMerged: true });
  await expect(gallery.clusters.cluster(b)).rejects.toMatchObject({ code: 'not-found' });
  for (const { nearest } of (await gallery.clusters.all())!.clusters)
    expect(nearest.map(({ id }) => id)).not.toContain(b);
  expect((await gallery.clusters.ofVector(vectorOf(1001)))?.id).toBe(a);
  expect(await gallery.clusters.run(METHOD)).toMatchObject({ clusters: 18, kept: 18 });
  expect(await gallery.clusters.cluster(a)).toMatchObject({ size: 60, name: 'both', isMerged: true });
  expect((await gallery.clusters.ofVector(vectorOf(1002)))?.id).toBe(a);
});

test('a cluster is not merged into itself or into one that is not there', async () => {
  await gallery.clusters.run(METHOD);
  const id = await clusterOf(0);
  await expect(gallery.clusters.merge(id, [id])).rejects.toMatchObject({ code: 'bad-input' });
  await expect(gallery.clusters.merge(id, [999 as ClusterId])).rejects.toMatchObject({ code: 'not-found' });
  expect((await gallery.clusters.all())?.clusters).toHaveLength(20);
});

test('a name that is given while a run goes on is kept', async () => {
  await gallery.clusters.run(METHOD);
  const id = await clusterOf(9);
  const running = gallery.clusters.run(METHOD);
  await gallery.clusters.rename(id, 'given meanwhile');
  await running;
  expect((await gallery.clusters.cluster(id)).name).toBe('given meanwhile');
});

test('a run that is stopped leaves everything as it was', async () => {
  await gallery.clusters.run(METHOD);
  const before = await gallery.clusters.all();
  const stopped = gallery.clusters.run({ ...METHOD, restarts: 1000 }, { signal: AbortSignal.timeout(300) });
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
  expect(await gallery.clusters.all()).toEqual(before);
});

test('a gallery that is opened again has its clusters', async () => {
  await gallery.clusters.run(DENSITY);
  const before = await gallery.clusters.all();
  await gallery.close();
  gallery = await openGallery({ folder, name: 'g' });
  expect(await gallery.clusters.all()).toEqual(before);
});

test('an empty gallery cannot be clustered', async () => {
  await gallery.remove([...gallery.items()].map(({ id }): ItemId => id));
  await expect(gallery.clusters.run(METHOD)).rejects.toMatchObject({ code: 'bad-input' });
});
