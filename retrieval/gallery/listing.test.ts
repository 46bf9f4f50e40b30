import { existsSync } from 'node:fs';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../image/content-hash.ts';
import { encodePng } from '../image/encode-png.ts';
import { DIM, galleriesOfTests, itemId, newItem, newItems, vectorOf } from './gallery.test-helper.ts';
import type { Gallery, ItemId } from './item.ts';

const galleries = galleriesOfTests();
let gallery: Gallery;
beforeEach(async () => {
  gallery = await galleries.open();
});

const labelled = (label: string) => ({ field: 'label', equals: label });
const even = { field: 'metadata.number', in: Array.from({ length: 50 }, (_, i) => 2 * i) };

test('a list goes through all items in order of id, page by page, with a filter or without', async () => {
  await gallery.put(newItems(0, 100));
  for (const filter of [undefined, even]) {
    const seen: string[] = [];
    let after: ItemId | undefined;
    do {
      const { items, next } = await gallery.list({ filter, after, limit: 7 });
      seen.push(...items.map(({ id }) => id));
      after = next;
    } while (after !== undefined);
    const wanted = newItems(0, 100).filter((_, i) => !filter || i % 2 === 0);
    expect(seen).toEqual(wanted.map(({ id }) => id as string).toSorted());
    const passed = await gallery.list({ filter, offset: 31, limit: 10 });
    expect(passed.items.map(({ id }) => id)).toEqual(seen.slice(31, 41));
    expect(await gallery.list({ filter, offset: 100, limit: 10 })).toEqual({ items: [] });
  }
  expect(await gallery.list({ filter: labelled('none'), limit: 5 })).toEqual({ items: [] });
});

test('what is counted, by label too, follows every write, also of another process', async () => {
  expect(await gallery.count()).toBe(0);
  expect(await gallery.labels()).toEqual([]);
  await gallery.put([...newItems(0, 60), { ...newItem(60), label: null }]);
  expect(await gallery.count()).toBe(61);
  expect(await gallery.count(even)).toBe(31);
  expect(await gallery.labels()).toHaveLength(21);
  expect(await gallery.labels(labelled('class-3'))).toEqual([{ label: 'class-3', count: 3 }]);
  await gallery.patch([itemId(3), itemId(4)], { label: null });
  expect((await gallery.labels())[0]).toEqual({ label: 'class-0', count: 3 });
  expect((await gallery.labels()).find(({ label }) => label === null)).toEqual({ label: null, count: 3 });
  const other = await galleries.open();
  await other.remove(newItems(0, 50).map(({ id }) => id));
  expect(await gallery.count(even)).toBe(6);
  expect(await gallery.count({ not: even })).toBe(5);
});

test('the fields of the metadata are summed up', async () => {
  const parts = [
    { price: 5, tags: ['a', 'b'], sold: true },
    { price: 7.5, tags: ['a'], sold: false, maker: { name: 'Ada' } },
    { price: 'on demand', sold: false, maker: null },
  ];
  await gallery.put(parts.map((metadata, i) => ({ ...newItem(i), metadata })));
  expect(await gallery.fields()).toEqual([
    {
      field: 'metadata.maker.name',
      kind: 'text',
      items: 1,
      distinct: 1,
      values: [{ value: 'Ada', count: 1 }],
      range: { min: 'Ada', max: 'Ada' },
    },
    {
      field: 'metadata.price',
      kind: 'number',
      items: 2,
      distinct: 2,
      values: [
        { value: 5, count: 1 },
        { value: 7.5, count: 1 },
      ],
      range: { min: 5, max: 7.5 },
    },
    {
      field: 'metadata.price',
      kind: 'text',
      items: 1,
      distinct: 1,
      values: [{ value: 'on demand', count: 1 }],
      range: { min: 'on demand', max: 'on demand' },
    },
    {
      field: 'metadata.sold',
      kind: 'boolean',
      items: 3,
      distinct: 2,
      values: [
        { value: false, count: 2 },
        { value: true, count: 1 },
      ],
    },
    {
      field: 'metadata.tags',
      kind: 'text',
      items: 2,
      distinct: 2,
      values: [
        { value: 'a', count: 2 },
        { value: 'b', count: 1 },
      ],
      range: { min: 'a', max: 'b' },
    },
  ]);
});

test('a patch merges metadata, leaves the embedding, and is refused as a whole', async () => {
  await gallery.put([newItem(1), newItem(2)]);
  const version = gallery.version();
  const patch = { label: 'new', metadata: { number: null, size: { cm: 4 } } };
  expect(await gallery.patch([itemId(1), 'none' as ItemId], patch)).toBe(1);
  expect(gallery.version()).toBeGreaterThan(version);
  expect(gallery.item(itemId(1))).toMatchObject({ label: 'new', metadata: { size: { cm: 4 } } });
  expect(await gallery.patch([itemId(1)], { metadata: { size: { mm: 40 } } })).toBe(1);
  expect(gallery.item(itemId(1))).toMatchObject({ label: 'new', metadata: { size: { cm: 4, mm: 40 } } });
  expect(gallery.vector(itemId(1))).toEqual(vectorOf(1));
  const tooMuch = { metadata: { list: Array.from({ length: 1001 }, (_, i) => i) } };
  await expect(gallery.patch([itemId(1), itemId(2)], tooMuch)).rejects.toThrow('at most 1000 values');
  expect(gallery.item(itemId(2))).toMatchObject({ label: newItem(2).label, metadata: { number: 2 } });
});

test('all embeddings come with their ids, a part at a time', async () => {
  await gallery.put(newItems(0, 90));
  const seen = new Map<string, number[]>();
  for await (const { ids, vectors } of gallery.embeddings()) {
    ids.forEach((id, i) => {
      seen.set(id, [...vectors.slice(i * DIM, (i + 1) * DIM)]);
    });
  }
  expect(seen.size).toBe(90);
  expect(seen.get(itemId(77))).toEqual([...vectorOf(77)]);
});

test('a sample is drawn from what is there, though most was removed', async () => {
  await gallery.put(newItems(0, 400));
  await gallery.remove(newItems(0, 340).map(({ id }) => id));
  const sample = gallery.sample(10, 1).map(({ id }) => id);
  expect(new Set(sample).size).toBe(10);
  expect(gallery.sample(10, 1).map(({ id }) => id)).toEqual(sample);
  expect(gallery.sample(100, 1)).toHaveLength(60);
});

test('settings are kept, and taken away', async () => {
  expect(gallery.setting('thresholds')).toBeUndefined();
  gallery.setSetting('thresholds', { match: 0.8 });
  gallery.setSetting('other', [1]);
  gallery.setSetting('other', undefined);
  await gallery.close();
  gallery = await galleries.open();
  expect(gallery.setting('thresholds')).toEqual({ match: 0.8 });
  expect(gallery.setting('other')).toBeUndefined();
});

describe('image files that a gallery keeps', () => {
  const image = (value: number) => encodePng({ width: 1, height: 1, data: new Uint8Array([value, 0, 0]) });
  const itemOf = async (i: number, bytes: Uint8Array) => ({
    ...newItem(i),
    contentHash: contentHash(bytes),
    source: await gallery.storeImage(bytes),
  });

  test('are found where the gallery says, wherever it is moved, once for equal content', async () => {
    const bytes = await image(1);
    await gallery.put([await itemOf(1, bytes), await itemOf(2, bytes)]);
    const { source } = gallery.item(itemId(1))!;
    expect(source).toBe(join(galleries.folder, 'shop', 'images', `${contentHash(bytes)}.png`));
    expect(gallery.item(itemId(2))!.source).toBe(source);
    expect(await readFile(source)).toEqual(Buffer.from(bytes));
    expect(await readdir(join(galleries.folder, 'shop', 'images'))).toHaveLength(1);
    await expect(gallery.storeImage(new Uint8Array([1, 2]))).rejects.toMatchObject({ code: 'not-an-image' });
  });

  test('go with the last item that has them, and the files of others never do', async () => {
    const bytes = await image(1);
    const foreign = join(galleries.folder, 'foreign.png');
    await writeFile(foreign, bytes);
    const [one, two] = [await itemOf(1, bytes), await itemOf(2, bytes)];
    await gallery.put([one, two, { ...newItem(3), source: foreign }]);
    await gallery.remove([itemId(1), itemId(3)]);
    expect(existsSync(one.source)).toBe(true);
    expect(existsSync(foreign)).toBe(true);
    const again = await itemOf(4, bytes);
    await gallery.remove([itemId(2)]);
    expect(existsSync(one.source)).toBe(true);
    await gallery.put([again]);
    await gallery.remove([itemId(4)]);
    expect(existsSync(one.source)).toBe(false);
  });

  test('go an hour after an upload that was cut off, when the gallery is opened', async () => {
    const [old, recent, used] = await Promise.all([1, 2, 3].map(async (i) => itemOf(i, await image(i))));
    await gallery.put([used!]);
    await gallery.close();
    const twoHoursAgo = Date.now() / 1000 - 7200;
    await Promise.all([old, used].map((item) => utimes(item!.source, twoHoursAgo, twoHoursAgo)));
    await galleries.open();
    expect([old, recent, used].map((item) => existsSync(item!.source))).toEqual([false, true, true]);
  });

  test('go when their item gets another', async () => {
    const [before, after] = [await itemOf(1, await image(1)), await itemOf(1, await image(2))];
    await gallery.put([before]);
    await gallery.put([after]);
    expect(await readdir(join(galleries.folder, 'shop', 'images'))).toEqual([after.source.split('/').at(-1)]);
  });
});
