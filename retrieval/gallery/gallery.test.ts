import { copyFile, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DIM, itemId, MODEL, newItem, newItems, vectorOf } from './gallery.test-helper.ts';
import { listGalleries, openGallery } from './gallery.ts';
import type { Gallery, Hit } from './item.ts';

let folder: string;
let warnings: string[];
const opened: Gallery[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-gallery-'));
  warnings = [];
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((gallery) => gallery.close()));
  await rm(folder, { recursive: true });
});

const open = async (options: Partial<Parameters<typeof openGallery>[0]> = {}) => {
  const warn = (sentence: string) => warnings.push(sentence);
  const gallery = await openGallery({ folder, name: 'shop', model: MODEL, create: true, warn, ...options });
  opened.push(gallery);
  return gallery;
};
const ids = (hits: Hit[]) => hits.map((hit) => hit.item.id);
const indexFile = () => join(folder, 'shop', `hnsw-${MODEL.id.slice(0, 16)}.bin`);

describe('an open gallery', () => {
  test('is empty at first and finds nothing', async () => {
    const gallery = await open();
    expect(gallery.size()).toBe(0);
    expect(await gallery.search(vectorOf(0), 5)).toEqual([]);
    expect(await gallery.searchExactly(vectorOf(0), 5)).toEqual([]);
    expect([...gallery.items()]).toEqual([]);
    expect(gallery.sample(3, 1)).toEqual([]);
  });

  test('gives back what was put in', async () => {
    const gallery = await open();
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
    const gallery = await open();
    await gallery.put(newItems(0, 500));
    const hits = await gallery.search(vectorOf(600), 10);
    expect(hits.every((hit) => hit.item.label === 'class-0')).toBe(true);
    expect(ids(await gallery.searchExactly(vectorOf(600), 10))).toEqual(ids(hits));
    expect(hits.map((hit) => hit.similarity)).toEqual(
      hits.map((hit) => hit.similarity).toSorted((a, b) => b - a),
    );
  });

  test('gives all its items when k is larger', async () => {
    const gallery = await open();
    await gallery.put(newItems(0, 300));
    expect(await gallery.search(vectorOf(0), 1000)).toHaveLength(300);
  });

  test('leaves out excluded items and fills up with the next', async () => {
    const gallery = await open();
    await gallery.put(newItems(0, 300));
    const [self, ...others] = ids(await gallery.search(vectorOf(7), 11));
    const exclude = [self, 'not-there' as typeof self];
    expect(self).toBe(itemId(7));
    expect(ids(await gallery.search(vectorOf(7), 10, { exclude }))).toEqual(others);
    expect(await gallery.searchExactly(vectorOf(7), 1000, { exclude })).toHaveLength(299);
  });

  test('no longer finds removed items', async () => {
    const gallery = await open();
    await gallery.put(newItems(0, 100));
    expect(await gallery.remove([itemId(7), itemId(8), 'not-there' as never])).toBe(2);
    expect(gallery.size()).toBe(98);
    for (const search of ['search', 'searchExactly'] as const) {
      const hits = await gallery[search](vectorOf(7), 200);
      expect(hits).toHaveLength(98);
      expect(ids(hits)).not.toContain(itemId(7));
    }
    expect(gallery.vector(itemId(7))).toBeUndefined();
  });

  test('finds a replaced item by its new vector and not by its old', async () => {
    const gallery = await open();
    await gallery.put(newItems(0, 100));
    await gallery.put([newItem(7, vectorOf(1008))]);
    expect(gallery.size()).toBe(100);
    for (const search of ['search', 'searchExactly'] as const) {
      expect(ids(await gallery[search](vectorOf(1008), 1))).toEqual([itemId(7)]);
      const hits = await gallery[search](vectorOf(7), 200);
      expect(hits).toHaveLength(100);
      expect(hits.find((hit) => hit.item.id === itemId(7))!.similarity).toBeLessThan(0.9);
    }
  });

  test('takes the last of two items of one id', async () => {
    const gallery = await open();
    await gallery.put([newItem(1), newItem(1, vectorOf(50))]);
    expect(gallery.vector(itemId(1))).toEqual(vectorOf(50));
    expect(await gallery.search(vectorOf(1), 5)).toHaveLength(1);
  });

  test('puts in all items or none, and says which is wrong', async () => {
    const gallery = await open();
    const zero = new Float32Array(DIM);
    await expect(gallery.put([newItem(1), newItem(2, zero)])).rejects.toThrow(`\`${itemId(2)}\``);
    await expect(gallery.put([newItem(1), newItem(2, zero.fill(Number.NaN))])).rejects.toThrow('length NaN');
    await expect(gallery.put([newItem(1, new Float32Array(3))])).rejects.toThrow('length 16, got 3');
    await expect(gallery.put([newItem(1), { ...newItem(2), metadata: { big: 1n } }])).rejects.toThrow();
    expect(gallery.size()).toBe(0);
    expect(await gallery.search(vectorOf(1), 5)).toEqual([]);
  });

  test('refuses queries that no model of its kind can have made', async () => {
    const gallery = await open();
    await expect(gallery.search(new Float32Array(3), 5)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(gallery.search(new Float32Array(DIM).fill(Number.NaN), 5)).rejects.toThrow('finite');
    await expect(gallery.search(vectorOf(0), 0)).rejects.toThrow('at least 1, got 0');
  });

  test('lists its items in order of id as they were when the list was begun', async () => {
    const gallery = await open();
    await gallery.put(newItems(0, 400).reverse());
    const seen: string[] = [];
    for (const item of gallery.items()) {
      if (seen.length === 0) await gallery.remove([itemId(20), itemId(39)]);
      seen.push(item.id);
    }
    expect(seen).toEqual(Array.from({ length: 400 }, (_, i) => itemId(i) as string).toSorted());
    expect([...gallery.items()]).toHaveLength(398);
  });

  test('draws the same sample for the same seed, others for others', async () => {
    const gallery = await open();
    await gallery.put(newItems(0, 200));
    const sample = gallery.sample(10, 1);
    expect(new Set(sample.map((item) => item.id)).size).toBe(10);
    expect(gallery.sample(10, 1)).toEqual(sample);
    expect(gallery.sample(10, 2)).not.toEqual(sample);
    expect(gallery.sample(1000, 1)).toHaveLength(200);
  });

  test('says that it is closed once it is', async () => {
    const gallery = await open();
    await gallery.close();
    await gallery.close();
    await expect(gallery.search(vectorOf(0), 1)).rejects.toThrow('closed');
    await expect(gallery.put([newItem(0)])).rejects.toThrow('closed');
  });
});

describe('a gallery that was closed', () => {
  beforeEach(async () => {
    const gallery = await open();
    await gallery.put(newItems(0, 200));
    await gallery.remove([itemId(7)]);
    await gallery.close();
  });

  const expectAll = async (gallery: Gallery) => {
    expect(gallery.size()).toBe(199);
    const hits = await gallery.search(vectorOf(8), 1000);
    expect(hits).toHaveLength(199);
    expect(ids(hits)[0]).toBe(itemId(8));
  };

  test('has everything again when it is opened, without building its index again', async () => {
    await expectAll(await open({ create: false }));
    expect(warnings).toEqual([]);
  });

  const rebuilt = (reason: string) =>
    `The index file of gallery \`shop\` was built again from the database, because ${reason}`;
  test.each<[string, string, () => Promise<unknown>]>([
    ['missing', 'it is missing.', () => rm(indexFile())],
    ['cut off', 'it has 1000 bytes instead of', () => truncate(indexFile(), 1000)],
    ['of another model', 'it is of another model', () => useIndexOfAnotherModel()],
    ['damaged', 'its checksum is wrong.', () => flipBit(indexFile(), 3000)],
  ])(
    'builds its index again when the file is %s, says so, and then has a good file',
    async (_, reason, spoil) => {
      await spoil();
      const gallery = await open();
      expect(warnings).toEqual([expect.stringContaining(rebuilt(reason))]);
      await expectAll(gallery);
      warnings = [];
      await gallery.close();
      await expectAll(await open());
      expect(warnings).toEqual([]);
    },
  );

  test('brings its index up to date when the file is older than the database', async () => {
    const old = await Promise.all(['bin', 'head'].map((kind) => readFile(indexFile().replace('bin', kind))));
    const gallery = await open();
    await gallery.put([...newItems(200, 250), newItem(3, vectorOf(1003))]);
    await gallery.remove([itemId(11)]);
    await gallery.close();
    await Promise.all(['bin', 'head'].map((kind, i) => writeFile(indexFile().replace('bin', kind), old[i])));
    const later = await open();
    expect(warnings).toEqual([
      expect.stringContaining('was behind: 51 embeddings were added to it and 2 removed'),
    ]);
    expect(await later.search(vectorOf(0), 1000)).toHaveLength(248);
    expect(ids(await later.search(vectorOf(1003), 1))).toEqual([itemId(3)]);
    expect(ids(await later.search(vectorOf(220), 1))).toEqual([itemId(220)]);
  });

  test('refuses a model that is not its own, naming both', async () => {
    const other = { ...MODEL, id: 'b2'.repeat(32), folder: '/models/other' };
    const refused = open({ model: other });
    await expect(refused).rejects.toMatchObject({ code: 'wrong-model' });
    await expect(refused).rejects.toThrow(/a1a1a1a1a1a1a1a1 \(\/models\/small.*not of b2b2b2b2b2b2b2b2/);
  });

  test('remembers where its model is now', async () => {
    await (await open({ model: { ...MODEL, folder: '/models/moved' } })).close();
    const gallery = await openGallery({ folder, name: 'shop' });
    opened.push(gallery);
    expect(gallery.model).toEqual({ ...MODEL, folder: '/models/moved' });
  });

  test('is refused when its database is damaged or of a newer format', async () => {
    const file = join(folder, 'shop', 'gallery.db');
    const db = new Database(file);
    db.exec(`UPDATE meta SET value = '7' WHERE key = 'formatVersion'`);
    db.close();
    await expect(open()).rejects.toThrow('format 7');
    await rm(`${file}-wal`, { force: true });
    await writeFile(file, 'This is a letter and not a database. '.repeat(50));
    await expect(open()).rejects.toMatchObject({ code: 'bad-gallery' });
    await expect(open()).rejects.toThrow('gallery.db is not a readable SQLite database');
  });

  async function useIndexOfAnotherModel() {
    await (await open({ name: 'other', model: { ...MODEL, id: 'b2'.repeat(32) } })).close();
    const gallery = await open({ name: 'other', model: { ...MODEL, id: 'b2'.repeat(32) } });
    await gallery.put(newItems(0, 5));
    await gallery.close();
    for (const kind of ['bin', 'head']) {
      await copyFile(
        join(folder, 'other', `hnsw-${'b2'.repeat(8)}.${kind}`),
        indexFile().replace('bin', kind),
      );
    }
  }

  async function flipBit(path: string, position: number) {
    expect((await stat(path)).size).toBeGreaterThan(position);
    const bytes = await readFile(path);
    bytes[position] ^= 1;
    await writeFile(path, bytes);
  }
});

describe('two openings of one gallery', () => {
  test('see what the other writes', async () => {
    const [server, writer] = [await open(), await open()];
    await server.put(newItems(0, 50));
    await writer.put([...newItems(50, 100), newItem(7, vectorOf(1008))]);
    await writer.remove([itemId(8)]);
    expect(server.size()).toBe(99);
    expect(ids(await server.search(vectorOf(8), 200))).not.toContain(itemId(8));
    await vi.waitFor(async () => expect(await server.search(vectorOf(60), 200)).toHaveLength(99));
    expect(ids(await server.search(vectorOf(60), 1))).toEqual([itemId(60)]);
    expect(ids(await server.search(vectorOf(1008), 1))).toEqual([itemId(7)]);
    expect(await writer.searchExactly(vectorOf(0), 200)).toHaveLength(99);
  });

  test('say so when the other does not stop writing', async () => {
    const gallery = await open({ busyTimeoutMs: 100 });
    const other = new Database(join(folder, 'shop', 'gallery.db'));
    other.exec('BEGIN IMMEDIATE');
    await expect(gallery.put([newItem(1)])).rejects.toThrow('did not end within 0.1 s');
    other.exec('ROLLBACK');
    other.close();
    await gallery.put([newItem(1)]);
    expect(gallery.size()).toBe(1);
  });
});

describe('the galleries of a folder', () => {
  test('are listed, and named when one is asked for that is not there', async () => {
    await open({ name: 'b.2' });
    await open({ name: 'a' });
    await mkdir(join(folder, 'no-gallery'));
    expect(await listGalleries(folder)).toEqual(['a', 'b.2']);
    expect(await listGalleries(join(folder, 'nowhere'))).toEqual([]);
    const refused = open({ name: 'c', create: false });
    await expect(refused).rejects.toMatchObject({ code: 'not-found' });
    await expect(refused).rejects.toThrow('There are: a, b.2.');
  });

  test.each(['', '..', '../shop', 'a/b', '.hidden', 'Shop', 'a b', '-x', 'x'.repeat(65)])(
    'have no gallery of the name %j',
    async (name) => {
      await expect(open({ name })).rejects.toMatchObject({ code: 'bad-input' });
    },
  );

  test('can be made only for a model', async () => {
    await expect(openGallery({ folder, name: 'new', create: true })).rejects.toThrow('Expected a model');
  });
});
