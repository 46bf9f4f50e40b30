import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Database } from './database.ts';
import { itemId, MODEL, newItem, vectorOf } from './gallery.test-helper.ts';
import { openGallery } from './gallery.ts';
import type { Gallery, ItemId } from './item.ts';

/** Items 0 to 28 of the helper; 3 with the vector of 40; 29 and 40 were there and were removed; slots 1 to 32 are used. */
const FORMAT_1 = fileURLToPath(new URL('../../test/fixtures/gallery-format-1.db', import.meta.url));

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-format-'));
  file = join(folder, 'shop', 'gallery.db');
  await mkdir(join(folder, 'shop'));
  await copyFile(FORMAT_1, file);
});
afterEach(() => rm(folder, { recursive: true }));

describe('a gallery of format 1', () => {
  let gallery: Gallery;
  beforeEach(async () => {
    gallery = await openGallery({ folder, name: 'shop', model: MODEL });
  });
  afterEach(() => gallery.close());

  test('has all its items, embeddings and its model after it was opened', async () => {
    expect(gallery.model).toEqual(MODEL);
    expect(gallery.size()).toBe(29);
    const { vector, ...fields } = newItem(7);
    const metadata = { number: 7, tags: ['old', 't1'], size: { cm: 3.5 } };
    expect(gallery.item(itemId(7))).toMatchObject({ ...fields, root: '/images', metadata });
    expect(gallery.item(itemId(10))).toMatchObject({ label: null });
    expect(gallery.item(itemId(10))).not.toHaveProperty('root');
    expect(gallery.vector(itemId(7))).toEqual(vector);
    expect(gallery.vector(itemId(3))).toEqual(vectorOf(40));
    const [hit] = await gallery.search(vectorOf(7), 1);
    expect(hit!.item.id).toBe(itemId(7));
  });

  test('can be filtered by the metadata that it had', async () => {
    expect(await gallery.count({ field: 'metadata.tags', equals: 't1' })).toBe(10);
    expect(await gallery.count({ field: 'metadata.size.cm', range: { lt: 2 } })).toBe(3);
  });

  test('uses no slot again that was used before', async () => {
    await gallery.put([newItem(29)]);
    const db = new Database(file);
    expect(db.get('SELECT max(slot) AS slot FROM embeddings')).toMatchObject({ slot: 33 });
    db.close();
  });

  test('is of format 2 then, and whole', async () => {
    await gallery.close();
    const db = new Database(file);
    expect(db.get(`SELECT value FROM meta WHERE key = 'formatVersion'`)).toMatchObject({ value: '2' });
    expect(db.all('PRAGMA integrity_check')).toMatchObject([{ integrity_check: 'ok' }]);
    expect(db.all('PRAGMA foreign_key_check')).toEqual([]);
    expect(
      db.all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '%\\_1' ESCAPE '\\'`),
    ).toEqual([]);
    db.close();
    gallery = await openGallery({ folder, name: 'shop' });
    expect(await gallery.remove([itemId(3), 'none' as ItemId])).toBe(1);
    expect(gallery.size()).toBe(28);
  });
});

test('a gallery of format 1 that cannot be brought up to date stays as it was', async () => {
  const db = new Database(file);
  db.run(`UPDATE items SET metadata = '{' WHERE id = ?`, itemId(20));
  db.close();
  await expect(openGallery({ folder, name: 'shop' })).rejects.toThrow('JSON');
  const after = new Database(file);
  expect(after.get(`SELECT value FROM meta WHERE key = 'formatVersion'`)).toMatchObject({ value: '1' });
  expect(after.get('SELECT count(*) AS count FROM items')).toMatchObject({ count: 29 });
  after.close();
});

test('two openings of a gallery of format 1 at once both get one of format 2', async () => {
  const [one, other] = await Promise.all([1, 2].map(() => openGallery({ folder, name: 'shop' })));
  expect([one!.size(), other!.size()]).toEqual([29, 29]);
  await Promise.all([one!.close(), other!.close()]);
});
