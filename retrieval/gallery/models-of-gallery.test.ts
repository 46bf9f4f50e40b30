import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  DIM,
  galleriesOfTests,
  idsOf,
  itemId,
  MODEL,
  newItem,
  newItems,
  vectorOf,
} from './gallery.test-helper.ts';
import type { Gallery, NewEmbedding } from './item.ts';

const OTHER = { id: 'b2'.repeat(32), dim: DIM, folder: '/models/other', name: 'other' };

const galleries = galleriesOfTests();

/** To the other model an item looks as the item 1000 further does to the first. */
const otherVectorOf = (i: number) => vectorOf(i + 1000);
const otherEmbedding = (i: number): NewEmbedding => {
  const { id, contentHash } = newItem(i);
  return { id, contentHash, vector: otherVectorOf(i) };
};
const otherEmbeddings = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => otherEmbedding(from + i));
const indexFile = (model: string) => join(galleries.folder, 'shop', `hnsw-${model.slice(0, 16)}.bin`);

describe('a gallery with a second model beside', () => {
  let gallery: Gallery;
  beforeEach(async () => {
    gallery = await galleries.open();
    await gallery.put(newItems(0, 60));
    await gallery.putEmbeddings(OTHER, otherEmbeddings(0, 50));
  });

  test('is searched by the first, and says how far the second is', async () => {
    expect(gallery.model).toEqual(MODEL);
    expect(idsOf(await gallery.search(vectorOf(3), 1))).toEqual([itemId(3)]);
    expect(await gallery.search(vectorOf(3), 100)).toHaveLength(60);
    expect(gallery.models()).toEqual([
      { ...MODEL, embedded: 60, active: true },
      { ...OTHER, embedded: 50, active: false },
    ]);
    expect(gallery.missing(OTHER.id, 3).map(({ id }) => id)).toEqual([50, 51, 52].map(itemId));
    expect(gallery.missing(OTHER.id, 100)).toHaveLength(10);
    expect(gallery.missing('c3'.repeat(32), 100)).toHaveLength(60);
  });

  test('does not switch while items are missing, nor to a model that is not there', async () => {
    await expect(gallery.activate(OTHER.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(gallery.activate(OTHER.id)).rejects.toThrow('10 items have no embedding');
    await expect(gallery.activate('c3'.repeat(32))).rejects.toMatchObject({ code: 'not-found' });
    expect(gallery.model).toEqual(MODEL);
  });

  test('switches and switches back; each model finds by its own vectors', async () => {
    await gallery.putEmbeddings(OTHER, otherEmbeddings(50, 60));
    await gallery.activate(OTHER.id);
    expect(gallery.model).toEqual(OTHER);
    expect(gallery.vector(itemId(3))).toEqual(otherVectorOf(3));
    expect(idsOf(await gallery.search(otherVectorOf(57), 1))).toEqual([itemId(57)]);
    expect(idsOf(await gallery.searchExactly(otherVectorOf(57), 1))).toEqual([itemId(57)]);
    await gallery.activate(MODEL.id);
    expect(idsOf(await gallery.search(vectorOf(57), 1))).toEqual([itemId(57)]);
    expect(await gallery.search(vectorOf(57), 100)).toHaveLength(60);
  });

  test('refuses queries and new items by the model that is not active', async () => {
    const wrong = { code: 'wrong-model' };
    await expect(gallery.search(otherVectorOf(1), 1, { model: OTHER.id })).rejects.toMatchObject(wrong);
    await expect(gallery.put([newItem(70)], { model: OTHER.id })).rejects.toMatchObject(wrong);
    expect(gallery.item(itemId(70))).toBeUndefined();
    await gallery.putEmbeddings(OTHER, otherEmbeddings(50, 60));
    await gallery.activate(OTHER.id);
    await expect(gallery.search(vectorOf(1), 1, { model: MODEL.id })).rejects.toMatchObject(wrong);
    await expect(gallery.put([newItem(70)], { model: MODEL.id })).rejects.toMatchObject(wrong);
    await gallery.put([newItem(70, otherVectorOf(70))], { model: OTHER.id });
    expect(gallery.missing(MODEL.id, 10).map(({ id }) => id)).toEqual([itemId(70)]);
    await expect(gallery.activate(MODEL.id)).rejects.toThrow('1 items have no embedding');
  });

  test('loses no item that is put meanwhile, for neither model', async () => {
    await gallery.putEmbeddings(OTHER, otherEmbeddings(50, 60));
    await gallery.put([newItem(61)]);
    await expect(gallery.activate(OTHER.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(idsOf(await gallery.search(vectorOf(61), 1))).toEqual([itemId(61)]);
    await gallery.putEmbeddings(OTHER, [otherEmbedding(61)]);
    await gallery.activate(OTHER.id);
    expect(idsOf(await gallery.search(otherVectorOf(61), 1))).toEqual([itemId(61)]);
  });

  test('takes no embedding of a content that the item has no longer', async () => {
    await gallery.putEmbeddings(OTHER, otherEmbeddings(50, 60));
    await gallery.put([newItem(5, vectorOf(105))]);
    expect(gallery.missing(OTHER.id, 10).map(({ id }) => id)).toEqual([itemId(5)]);
    expect(await gallery.putEmbeddings(OTHER, [otherEmbedding(5)])).toBe(0);
    expect(gallery.missing(OTHER.id, 10)).toHaveLength(1);
    const { contentHash } = gallery.item(itemId(5))!;
    const embedding = { id: itemId(5), contentHash, vector: otherVectorOf(105) };
    expect(await gallery.putEmbeddings(OTHER, [embedding])).toBe(1);
    await gallery.activate(OTHER.id);
    expect(idsOf(await gallery.search(otherVectorOf(105), 1))).toEqual([itemId(5)]);
  });

  test('keeps the embeddings by both when only the label changes', async () => {
    await gallery.put([{ ...newItem(5), label: 'other' }]);
    await gallery.patch([itemId(6)], { label: 'another' });
    expect(gallery.missing(OTHER.id, 10)).toHaveLength(10);
  });

  test('removes an item for both', async () => {
    await gallery.putEmbeddings(OTHER, otherEmbeddings(50, 60));
    await gallery.remove([itemId(5)]);
    await gallery.activate(OTHER.id);
    expect(idsOf(await gallery.search(otherVectorOf(5), 100))).not.toContain(itemId(5));
    expect(await gallery.search(otherVectorOf(5), 100)).toHaveLength(59);
  });

  test('has the second still when it is opened again, and builds its index then', async () => {
    await gallery.putEmbeddings(OTHER, otherEmbeddings(50, 60));
    await gallery.close();
    gallery = await galleries.open({ create: false });
    await gallery.activate(OTHER.id);
    await gallery.close();
    await expect(galleries.open()).rejects.toMatchObject({ code: 'wrong-model' });
    gallery = await galleries.open({ model: undefined, create: false });
    expect(gallery.model).toEqual(OTHER);
    expect(await gallery.search(otherVectorOf(5), 100)).toHaveLength(60);
  });

  test('drops a model with its index, but not the active one', async () => {
    await gallery.putEmbeddings(OTHER, otherEmbeddings(50, 60));
    await gallery.activate(OTHER.id);
    await expect(gallery.dropModel(OTHER.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(gallery.dropModel('c3'.repeat(32))).rejects.toMatchObject({ code: 'not-found' });
    await gallery.dropModel(MODEL.id);
    expect(gallery.models()).toEqual([{ ...OTHER, embedded: 60, active: true }]);
    expect(existsSync(indexFile(MODEL.id))).toBe(false);
    expect(await gallery.search(otherVectorOf(5), 100)).toHaveLength(60);
  });

  test('answers every search while it switches to and fro, from one model alone', async () => {
    await gallery.putEmbeddings(OTHER, otherEmbeddings(50, 60));
    const stop = new AbortController();
    const search = async () => {
      let count = 0;
      for (; !stop.signal.aborted; count++) {
        const isFirst = gallery.model.id === MODEL.id;
        const hits = await gallery.search(isFirst ? vectorOf(9) : otherVectorOf(9), 100);
        expect(hits).toHaveLength(60);
        expect(hits[0]!.item.id).toBe(itemId(9));
        expect(hits[0]!.similarity).toBeCloseTo(1, 5);
      }
      return count;
    };
    const searches = [search(), search(), search()];
    for (let turn = 0; turn < 10; turn++) await gallery.activate(turn % 2 === 0 ? OTHER.id : MODEL.id);
    await gallery.activate(OTHER.id);
    await gallery.dropModel(MODEL.id);
    stop.abort();
    for (const count of await Promise.all(searches)) expect(count).toBeGreaterThan(0);
  });

  test('refuses vectors of another length than its own', async () => {
    const short = { ...otherEmbedding(1), vector: vectorOf(1).slice(0, 8) };
    await expect(gallery.putEmbeddings(OTHER, [short])).rejects.toThrow('length 16, got 8');
    await expect(gallery.putEmbeddings({ ...OTHER, dim: 8 }, [])).rejects.toThrow('length 16 by model');
  });
});

test('a gallery follows when another process switches its model and drops the one before', async () => {
  const [server, other] = [await galleries.open(), await galleries.open()];
  await other.put(newItems(0, 40));
  const hasAll = async () => expect(await server.search(vectorOf(1), 100)).toHaveLength(40);
  await vi.waitFor(hasAll, { timeout: 10_000 });
  await other.putEmbeddings(OTHER, otherEmbeddings(0, 40));
  await other.activate(OTHER.id);
  await other.dropModel(MODEL.id);
  const wrong = server.search(vectorOf(1), 1, { model: MODEL.id });
  await expect(wrong).rejects.toMatchObject({ code: 'wrong-model' });
  expect(server.model).toEqual(OTHER);
  expect(idsOf(await server.search(otherVectorOf(7), 1))).toEqual([itemId(7)]);
  expect(await server.search(otherVectorOf(7), 100)).toHaveLength(40);
});
