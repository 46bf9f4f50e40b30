import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DIM, galleriesOfTests, idsOf, itemId, newItem, newItems, vectorOf } from './gallery.test-helper.ts';
import { listGalleries, openGallery } from './gallery.ts';

const galleries = galleriesOfTests();

describe('an open gallery', () => {
  test('is empty at first and finds nothing', async () => {
    const gallery = await galleries.open();
    expect(gallery.size()).toBe(0);
    expect(await gallery.search(vectorOf(0), 5)).toEqual([]);
    expect(await gallery.searchExactly(vectorOf(0), 5)).toEqual([]);
    expect([...gallery.items()]).toEqual([]);
    expect(gallery.sample(3, 1)).toEqual([]);
  });

  test('gives back what was put in', async () => {
    const gallery = await galleries.open();
    await gallery.put([
      { ...newItem(3), root: '/images' },
      { ...newItem(4), label: null },
    ]);
    const { vector, ...fields } = newItem(3);
    expect(gallery.item(itemId(3))).toMatchObject({ ...fields, root: '/images' });
    expect(Date.parse(gallery.item(itemId(3))!.updatedAt)).toBeGreaterThan(Date.now() - 60_000);
    expect(gallery.item(itemId(4))).toMatchObject({ label: null });
    expect(gallery.item(itemId(4))).not.toHaveProperty('root');
    expect(gallery.vector(itemId(3))).toEqual(vector);
    expect(gallery.vectorOfContent(fields.contentHash)).toEqual(vector);
    expect(gallery.vectorOfContent('0'.repeat(64))).toBeUndefined();
    expect(gallery.item(itemId(5))).toBeUndefined();
  });

  test('finds the nearest items, and exactly the same ones by comparing all', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 500));
    const hits = await gallery.search(vectorOf(600), 10);
    expect(hits.every((hit) => hit.item.label === 'class-0')).toBe(true);
    expect(idsOf(await gallery.searchExactly(vectorOf(600), 10))).toEqual(idsOf(hits));
    expect(hits.map((hit) => hit.similarity)).toEqual(
      hits.map((hit) => hit.similarity).toSorted((a, b) => b - a),
    );
  });

  test('gives all its items when k is larger', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 300));
    expect(await gallery.search(vectorOf(0), 1000)).toHaveLength(300);
  });

  test('leaves out excluded items and fills up with the next', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 300));
    const [self, ...others] = idsOf(await gallery.search(vectorOf(7), 11));
    const exclude = [self, 'not-there' as typeof self];
    expect(self).toBe(itemId(7));
    expect(idsOf(await gallery.search(vectorOf(7), 10, { exclude }))).toEqual(others);
    expect(await gallery.searchExactly(vectorOf(7), 1000, { exclude })).toHaveLength(299);
  });

  test('no longer finds removed items', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 100));
    expect(await gallery.remove([itemId(7), itemId(8), 'not-there' as never])).toBe(2);
    expect(gallery.size()).toBe(98);
    for (const search of ['search', 'searchExactly'] as const) {
      const hits = await gallery[search](vectorOf(7), 200);
      expect(hits).toHaveLength(98);
      expect(idsOf(hits)).not.toContain(itemId(7));
    }
    expect(gallery.vector(itemId(7))).toBeUndefined();
  });

  test('finds a replaced item by its new vector and not by its old', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 100));
    await gallery.put([newItem(7, vectorOf(1008))]);
    expect(gallery.size()).toBe(100);
    for (const search of ['search', 'searchExactly'] as const) {
      expect(idsOf(await gallery[search](vectorOf(1008), 1))).toEqual([itemId(7)]);
      const hits = await gallery[search](vectorOf(7), 200);
      expect(hits).toHaveLength(100);
      expect(hits.find((hit) => hit.item.id === itemId(7))!.similarity).toBeLessThan(0.9);
    }
  });

  test('takes the last of two items of one id', async () => {
    const gallery = await galleries.open();
    await gallery.put([newItem(1), newItem(1, vectorOf(50))]);
    expect(gallery.vector(itemId(1))).toEqual(vectorOf(50));
    expect(await gallery.search(vectorOf(1), 5)).toHaveLength(1);
  });

  test('puts in all items or none, and says which is wrong', async () => {
    const gallery = await galleries.open();
    const zero = new Float32Array(DIM);
    await expect(gallery.put([newItem(1), newItem(2, zero)])).rejects.toThrow(`\`${itemId(2)}\``);
    await expect(gallery.put([newItem(1), newItem(2, zero.fill(Number.NaN))])).rejects.toThrow('length NaN');
    await expect(gallery.put([newItem(1, new Float32Array(3))])).rejects.toThrow('length 16, got 3');
    await expect(gallery.put([newItem(1), { ...newItem(2), metadata: { big: 1n } }])).rejects.toThrow();
    expect(gallery.size()).toBe(0);
    expect(await gallery.search(vectorOf(1), 5)).toEqual([]);
  });

  test('refuses queries that no model of its kind can have made', async () => {
    const gallery = await galleries.open();
    await expect(gallery.search(new Float32Array(3), 5)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(gallery.search(new Float32Array(DIM).fill(Number.NaN), 5)).rejects.toThrow('finite');
    await expect(gallery.search(vectorOf(0), 0)).rejects.toThrow('at least 1, got 0');
  });

  test('lists its items in order of id as they were when the list was begun', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 400).reverse());
    const seen: string[] = [];
    for (const item of gallery.items()) {
      if (seen.length === 0) await gallery.remove([itemId(20), itemId(39)]);
      seen.push(item.id);
    }
    expect(seen).toEqual(Array.from({ length: 400 }, (_, i) => itemId(i) as string).toSorted());
    expect([...gallery.items()]).toHaveLength(398);
    for (const item of gallery.items()) {
      if (item.id === seen[3]) break;
    }
    await gallery.put([newItem(20)]);
    expect([...gallery.items()]).toHaveLength(399);
  });

  test('draws the same sample for the same seed, others for others', async () => {
    const gallery = await galleries.open();
    await gallery.put(newItems(0, 200));
    const sample = gallery.sample(10, 1);
    expect(new Set(sample.map((item) => item.id)).size).toBe(10);
    expect(gallery.sample(10, 1)).toEqual(sample);
    expect(gallery.sample(10, 2)).not.toEqual(sample);
    expect(gallery.sample(1000, 1)).toHaveLength(200);
  });

  test('says that it is closed once it is', async () => {
    const gallery = await galleries.open();
    await gallery.close();
    await gallery.close();
    await expect(gallery.search(vectorOf(0), 1)).rejects.toThrow('closed');
    await expect(gallery.put([newItem(0)])).rejects.toThrow('closed');
  });
});

describe('the galleries of a folder', () => {
  test('are listed, and named when one is asked for that is not there', async () => {
    await galleries.open({ name: 'b.2' });
    await galleries.open({ name: 'a' });
    await mkdir(join(galleries.folder, 'no-gallery'));
    expect(await listGalleries(galleries.folder)).toEqual(['a', 'b.2']);
    expect(await listGalleries(join(galleries.folder, 'nowhere'))).toEqual([]);
    const refused = galleries.open({ name: 'c', create: false });
    await expect(refused).rejects.toMatchObject({ code: 'not-found' });
    await expect(refused).rejects.toThrow('There are: a, b.2.');
  });

  test.each(['', '..', '../shop', 'a/b', '.hidden', 'Shop', 'a b', '-x', 'x'.repeat(65)])(
    'have no gallery of the name %j',
    async (name) => {
      await expect(galleries.open({ name })).rejects.toMatchObject({ code: 'bad-input' });
    },
  );

  test('can be made only for a model', async () => {
    await expect(openGallery({ folder: galleries.folder, name: 'new', create: true })).rejects.toThrow(
      'Expected a model',
    );
  });
});
