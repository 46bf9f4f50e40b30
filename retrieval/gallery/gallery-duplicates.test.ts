import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { itemId, MODEL, newItem, newItems, vectorOf } from './gallery.test-helper.ts';
import { openGallery } from './gallery.ts';
import type { Gallery } from './item.ts';

let folder: string;
let gallery: Gallery;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-duplicates-'));
  gallery = await openGallery({ folder, name: 'g', model: MODEL, create: true });
  await gallery.put(newItems(0, 60));
});
afterEach(async () => {
  await gallery.close();
  await rm(folder, { recursive: true });
});

test('groups of duplicates come in pages, without items that were removed since', async () => {
  expect(gallery.duplicates.page(0, 10)).toBeUndefined();
  // Copies of 1, 2 and 3: of the first two, of the others one.
  await gallery.put([
    newItem(100, vectorOf(1)),
    newItem(101, vectorOf(1)),
    newItem(102, vectorOf(2)),
    newItem(103, vectorOf(3)),
  ]);
  expect(await gallery.duplicates.run({ threshold: 0.9999 })).toEqual({
    items: 64,
    groups: 3,
    duplicates: 4,
  });
  const first = gallery.duplicates.page(0, 2)!;
  expect(first).toMatchObject({ total: 3, next: 2, options: { threshold: 0.9999 } });
  const all = [...first.groups, ...gallery.duplicates.page(2, 2)!.groups];
  expect(all.map(({ items }) => items.toSorted())).toEqual(
    [
      [1, 100, 101],
      [2, 102],
      [3, 103],
    ].map((group) => group.map(itemId).toSorted()),
  );
  for (const { cohesion } of all) expect(cohesion).toBeCloseTo(1, 5);
  await gallery.remove([itemId(2)]);
  expect(gallery.duplicates.page(0, 10)!.groups.map(({ items }) => items.length)).toEqual([3, 2]);
  expect(gallery.duplicates.page(0, 10)).not.toHaveProperty('next');
});

test('a second run takes the place of the first', async () => {
  await gallery.duplicates.run({ threshold: 0.5 });
  expect(gallery.duplicates.page(0, 100)!.total).toBeGreaterThan(10);
  await gallery.duplicates.run({ threshold: 1 });
  expect(gallery.duplicates.page(0, 100)).toMatchObject({ total: 0, groups: [] });
});

test('the map has every item, those that came later among their like', async () => {
  expect(await gallery.map.read()).toBeUndefined();
  await gallery.put(newItems(60, 200));
  await gallery.map.run(1);
  await gallery.clusters.run({ name: 'k-means', k: 20, seed: 1 });
  await gallery.put([newItem(203)]);
  await gallery.patch([itemId(5)], { label: null });
  const map = (await gallery.map.read())!;
  expect(map.ids).toHaveLength(201);
  const place = (i: number) => map.ids.indexOf(itemId(i));
  const distance = (i: number, j: number) =>
    Math.hypot(map.x[place(i)] - map.x[place(j)], map.y[place(i)] - map.y[place(j)]);
  const all = [...map.x, ...map.y].map(Math.abs);
  expect(Math.max(...all)).toBeGreaterThan(1);
  expect(Math.min(...[3, 23, 43, 63, 83].map((i) => distance(203, i)))).toBeLessThan(Math.max(...all) / 5);
  expect(map.labelNames[map.labels[place(7)]]).toBe('class-7');
  expect(map.labels[place(5)]).toBe(-1);
  const cluster = (await gallery.clusters.ofItems([itemId(7)])).get(itemId(7))!.id;
  expect(map.clusterIds[map.clusters[place(7)]]).toBe(cluster);
});

test('of a few items there is no map', async () => {
  await gallery.remove(Array.from({ length: 55 }, (_, i) => itemId(i)));
  await expect(gallery.map.run(1)).rejects.toThrow('at least 8 items to draw a map of, got 5');
});
