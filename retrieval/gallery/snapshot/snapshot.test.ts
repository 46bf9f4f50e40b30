import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentHash } from '../../image/content-hash.ts';
import { encodePng } from '../../image/encode-png.ts';
import { Database } from '../database.ts';
import { itemId, MODEL, newItem, newItems, vectorOf } from '../gallery.test-helper.ts';
import { listGalleries, openGallery } from '../gallery.ts';
import type { Gallery, Hit } from '../item.ts';
import { MANIFEST, readManifest } from './manifest.ts';
import { restoreSnapshot } from './restore-snapshot.ts';
import { takeSnapshot } from './take-snapshot.ts';
import { verifyGallery, verifySnapshot } from './verify-snapshot.ts';

let folder: string;
let data: string;
let to: string;
const opened: Gallery[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-snapshot #1 '));
  data = join(folder, 'index-data');
  to = join(folder, 'snapshot');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((gallery) => gallery.close()));
  await rm(folder, { recursive: true });
});

const open = async (name = 'shop') => {
  const gallery = await openGallery({ folder: data, name, model: MODEL, create: true });
  opened.push(gallery);
  return gallery;
};
const ids = (hits: Hit[]) => hits.map((hit) => hit.item.id);
const imageOf = (i: number) => encodePng({ width: 1, height: 1, data: new Uint8Array([i % 256, i >> 8, 7]) });

/** Puts item `i` in as an upload does: its image kept by the gallery. */
async function upload(gallery: Gallery, i: number, image = i): Promise<string> {
  const bytes = await imageOf(image);
  const source = await gallery.storeImage(bytes);
  await gallery.put([{ ...newItem(i), source, contentHash: contentHash(bytes) }]);
  return source;
}

describe('a snapshot', () => {
  test('becomes the same gallery again, in another place and under another name', async () => {
    const gallery = await open();
    await gallery.put(newItems(0, 50));
    for (let i = 50; i < 60; i++) await upload(gallery, i);
    gallery.setSetting('thresholds', { match: 0.8 });
    const { manifest, imagesElsewhere } = await takeSnapshot({ folder: data, name: 'shop', to });
    expect(manifest).toMatchObject({
      gallery: 'shop',
      items: 60,
      model: { id: MODEL.id, name: 'small', dim: 16 },
    });
    expect(imagesElsewhere).toBe(50);
    expect(await verifySnapshot(to)).toEqual({ faults: [], items: 60, files: 11 });
    const elsewhere = join(folder, 'elsewhere');
    expect(await restoreSnapshot({ snapshot: to, folder: elsewhere, name: 'again' })).toMatchObject({
      gallery: 'again',
      items: 60,
    });
    expect(await readdir(elsewhere)).toEqual(['again']);
    await gallery.close();
    await rm(data, { recursive: true });
    const again = await openGallery({ folder: elsewhere, name: 'again' });
    opened.push(again);
    expect(again.size()).toBe(60);
    expect(again.setting('thresholds')).toEqual({ match: 0.8 });
    expect(ids(await again.search(vectorOf(55), 1))).toEqual([itemId(55)]);
    expect(await readFile(again.item(itemId(55))!.source)).toEqual(Buffer.from(await imageOf(55)));
  });

  test('is of one moment and whole, though the gallery is written to meanwhile', async () => {
    const gallery = await open();
    for (let i = 0; i < 30; i++) await upload(gallery, i);
    let isTaken = false;
    const writing = (async () => {
      for (let i = 0; !isTaken; i++) {
        await upload(gallery, 30 + i);
        await gallery.remove([itemId(i)]);
      }
    })();
    const { manifest } = await takeSnapshot({ folder: data, name: 'shop', to });
    isTaken = true;
    await writing;
    // An item is put in and then one taken out, so that no moment has other numbers.
    expect([30, 31]).toContain(manifest.items);
    expect(manifest.files).toHaveLength(manifest.items + 1);
    expect(await verifySnapshot(to)).toMatchObject({ faults: [] });
  });

  test('is not written over anything, and leaves nothing behind when it fails', async () => {
    const gallery = await open();
    const source = await upload(gallery, 1);
    await takeSnapshot({ folder: data, name: 'shop', to });
    await expect(takeSnapshot({ folder: data, name: 'shop', to })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(takeSnapshot({ folder: data, name: 'none', to: `${to}-2` })).rejects.toThrow(
      'There are: shop.',
    );
    await rm(source);
    const refused = takeSnapshot({ folder: data, name: 'shop', to: `${to}-2` });
    await expect(refused).rejects.toMatchObject({ code: 'bad-gallery' });
    await expect(refused).rejects.toThrow('images/');
    expect(await readdir(folder)).toEqual(['index-data', 'snapshot']);
  });

  test('stops when it is told to', async () => {
    await upload(await open(), 1);
    const work = { signal: AbortSignal.abort() };
    await expect(takeSnapshot({ folder: data, name: 'shop', to }, work)).rejects.toMatchObject({
      code: 'interrupted',
    });
    expect(existsSync(to)).toBe(false);
  });
});

describe('what is wrong with a snapshot', () => {
  let image: string;
  beforeEach(async () => {
    const gallery = await open();
    image = (await upload(gallery, 1)).slice(join(data, 'shop').length + 1);
    await upload(gallery, 2);
    await gallery.put(newItems(10, 20));
    await takeSnapshot({ folder: data, name: 'shop', to });
  });

  const flipBit = async (path: string, position: number) => {
    const bytes = await readFile(path);
    bytes[position]! ^= 1;
    await writeFile(path, bytes);
  };

  test('is named, every fault, and such a snapshot is not restored', async () => {
    const { files } = await readManifest(to);
    const other = files.map(({ path }) => path).find((path) => path.startsWith('images/') && path !== image)!;
    await rm(join(to, image));
    await appendFile(join(to, other), 'x');
    await flipBit(join(to, 'gallery.db'), 20_000);
    await writeFile(join(to, 'images', 'stray'), '');
    const { faults } = await verifySnapshot(to);
    expect(faults.toSorted((a, b) => (a.where < b.where ? -1 : 1))).toEqual(
      [
        { where: 'gallery.db', what: 'has another content than when it was written' },
        { where: image, what: 'is not there' },
        { where: other, what: expect.stringMatching(/^has \d+ bytes instead of \d+$/) },
        { where: 'images/stray', what: 'is not of the snapshot' },
      ].toSorted((a, b) => (a.where < b.where ? -1 : 1)),
    );
    const refused = restoreSnapshot({ snapshot: to, folder: join(folder, 'other') });
    await expect(refused).rejects.toMatchObject({ code: 'bad-gallery' });
    await expect(refused).rejects.toThrow('4 faults');
    expect(existsSync(join(folder, 'other', 'shop'))).toBe(false);
  });

  test('is seen in the manifest itself', async () => {
    const manifest = join(to, MANIFEST);
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace('"items": 12', '"items": 13'));
    await expect(verifySnapshot(to)).rejects.toThrow('its checksum is wrong');
    await writeFile(manifest, text.replace(`"${image}"`, '"../../secret"'));
    await expect(verifySnapshot(to)).rejects.toMatchObject({ code: 'bad-gallery' });
    await writeFile(manifest, text.slice(0, 50));
    await expect(verifySnapshot(to)).rejects.toThrow('does not hold what it must');
    await rm(manifest);
    await expect(verifySnapshot(to)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('restoring', () => {
  test('replaces a gallery only when it is told to', async () => {
    const gallery = await open();
    await upload(gallery, 1);
    await takeSnapshot({ folder: data, name: 'shop', to });
    await upload(gallery, 2);
    await gallery.close();
    const refused = restoreSnapshot({ snapshot: to, folder: data });
    await expect(refused).rejects.toMatchObject({ code: 'conflict' });
    await expect(refused).rejects.toThrow('--overwrite');
    await restoreSnapshot({ snapshot: to, folder: data, overwrite: true });
    const again = await open();
    expect(again.size()).toBe(1);
    expect(await again.search(vectorOf(1), 5)).toHaveLength(1);
    expect(await readdir(data)).toEqual(['shop']);
    expect(await listGalleries(data)).toEqual(['shop']);
  });
});

describe('a gallery that is verified', () => {
  test('is whole while it is open, and every fault of it is named', async () => {
    const gallery = await open();
    const source = await upload(gallery, 1);
    const damaged = await upload(gallery, 2);
    expect(await verifyGallery(data, 'shop')).toEqual({ faults: [], items: 2, files: 3 });
    await gallery.put([newItem(3), newItem(4)]);
    await rm(source);
    await writeFile(damaged, 'other');
    const db = new Database(join(data, 'shop', 'gallery.db'));
    db.write(() => {
      db.run('DELETE FROM embeddings WHERE item = (SELECT key FROM items WHERE id = ?)', itemId(4));
      db.run(
        `UPDATE embeddings SET vector = x'00' WHERE item = (SELECT key FROM items WHERE id = ?)`,
        itemId(3),
      );
    });
    db.close();
    const { faults } = await verifyGallery(data, 'shop');
    const inFolder = (path: string) => path.slice(join(data, 'shop').length + 1);
    expect(faults).toHaveLength(6);
    expect(faults).toEqual(
      expect.arrayContaining([
        { where: itemId(4), what: 'has no embedding by the active model' },
        { where: itemId(3), what: 'its embedding by small has 1 bytes instead of 64' },
        { where: inFolder(source), what: 'is not there' },
        { where: inFolder(damaged), what: 'has another content' },
        { where: itemId(3), what: `its image file /images/${itemId(3)} is not there` },
        { where: itemId(4), what: `its image file /images/${itemId(4)} is not there` },
      ]),
    );
  });
});
