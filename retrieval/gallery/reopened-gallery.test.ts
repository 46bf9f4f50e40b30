import { copyFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'libsql';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import {
  galleriesOfTests,
  idsOf,
  itemId,
  MODEL,
  newItem,
  newItems,
  vectorOf,
} from './gallery.test-helper.ts';
import type { Gallery, ItemChange } from './item.ts';

const galleries = galleriesOfTests();
let warnings: string[];
beforeEach(() => {
  warnings = [];
});

const open = (options: Parameters<typeof galleries.open>[0] = {}) =>
  galleries.open({ warn: (sentence) => warnings.push(sentence), ...options });
const indexFile = () => join(galleries.folder, 'shop', `hnsw-${MODEL.id.slice(0, 16)}.bin`);

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
    expect(idsOf(hits)[0]).toBe(itemId(8));
  };

  test('has everything again when it is opened, without building its index again', async () => {
    await expectAll(await open({ create: false }));
    expect(warnings).toEqual([]);
  });

  const rebuilt = (reason: string) =>
    `The index file of gallery \`shop\` is built again from the database, because ${reason}`;
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
    expect(idsOf(await later.search(vectorOf(1003), 1))).toEqual([itemId(3)]);
    expect(idsOf(await later.search(vectorOf(220), 1))).toEqual([itemId(220)]);
  });

  test('refuses a model that is not its own, naming both', async () => {
    const other = { ...MODEL, id: 'b2'.repeat(32), folder: '/models/other' };
    const refused = open({ model: other });
    await expect(refused).rejects.toMatchObject({ code: 'wrong-model' });
    await expect(refused).rejects.toThrow(/a1a1a1a1a1a1a1a1 \(\/models\/small.*not of b2b2b2b2b2b2b2b2/);
  });

  test('remembers where its model is now', async () => {
    await (await open({ model: { ...MODEL, folder: '/models/moved', name: 'moved' } })).close();
    const gallery = await galleries.open({ model: undefined, create: false });
    expect(gallery.model).toEqual({ ...MODEL, folder: '/models/moved', name: 'moved' });
  });

  test('is refused when its database is damaged or of a newer format', async () => {
    const file = join(galleries.folder, 'shop', 'gallery.db');
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
        join(galleries.folder, 'other', `hnsw-${'b2'.repeat(8)}.${kind}`),
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
    expect(idsOf(await server.search(vectorOf(8), 200))).not.toContain(itemId(8));
    await vi.waitFor(async () => expect(await server.search(vectorOf(60), 200)).toHaveLength(99));
    expect(idsOf(await server.search(vectorOf(60), 1))).toEqual([itemId(60)]);
    expect(idsOf(await server.search(vectorOf(1008), 1))).toEqual([itemId(7)]);
    expect(await writer.searchExactly(vectorOf(0), 200)).toHaveLength(99);
  });

  test('see a label that the other changes, and one of their own, at the next search', async () => {
    const [server, writer] = [await open(), await open()];
    await server.put([newItem(1)]);
    const label = async () => (await server.search(vectorOf(1), 1))[0].item.label;
    const relabel = (label: string) => ({ ...newItem(1), label });
    expect(await label()).toBe(newItem(1).label);
    await writer.put([relabel('by the other')]);
    expect(await label()).toBe('by the other');
    await server.put([relabel('its own')]);
    expect(await label()).toBe('its own');
  });

  test('ask about an item while the other cannot change it, and write nothing where that is refused', async () => {
    const [server, other] = [await open(), await open({ busyTimeoutMs: 50 })];
    await server.put([newItem(1), newItem(2)]);
    await other.patch([itemId(1)], { label: 'by the other' });
    const asked: ItemChange[] = [];
    const late: Promise<unknown>[] = [];
    const allow = (change: ItemChange) => {
      asked.push(change);
      late.push(other.patch([change.id], { label: 'late' }).catch(({ code }) => code));
    };
    await server.patch([itemId(1)], { label: 'its own' }, { allow });
    expect(asked).toMatchObject([{ before: { label: 'by the other' }, after: { label: 'its own' } }]);
    expect(await Promise.all(late)).toEqual(['conflict']);

    const version = server.version();
    const refuse = ({ id }: ItemChange) => {
      if (id === itemId(2)) throw new Error('not this one');
    };
    const both = [itemId(1), itemId(2)];
    const refused = expect.objectContaining({ message: 'not this one' });
    const refusing = { allow: refuse };
    await expect(server.patch(both, { label: 'never' }, refusing)).rejects.toEqual(refused);
    await expect(server.remove(both, refusing)).rejects.toEqual(refused);
    await expect(server.put([newItem(3), newItem(2)], refusing)).rejects.toEqual(refused);
    expect([server.version(), server.size(), server.item(itemId(1))?.label]).toEqual([version, 2, 'its own']);
  });

  test('say so when the other does not stop writing', async () => {
    const gallery = await open({ busyTimeoutMs: 100 });
    const other = new Database(join(galleries.folder, 'shop', 'gallery.db'));
    other.exec('BEGIN IMMEDIATE');
    await expect(gallery.put([newItem(1)])).rejects.toThrow('did not end within 0.1 s');
    other.exec('ROLLBACK');
    other.close();
    await gallery.put([newItem(1)]);
    expect(gallery.size()).toBe(1);
  });
});
