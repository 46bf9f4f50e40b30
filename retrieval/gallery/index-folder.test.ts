import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { readImageSet } from '../dataset/read-data-set.ts';
import { colourPng, writeTinyBundle } from '../model/bundle.test-helper.ts';
import type { Model } from '../model/model.ts';
import { openModel } from '../model/open-model.ts';
import type { Progress } from '../progress.ts';
import { openGallery } from './gallery.ts';
import { type IndexReport, indexImages } from './index-folder.ts';
import type { Gallery, ItemId } from './item.ts';

let bundle: string;
let model: Model;
beforeAll(async () => {
  bundle = join(await mkdtemp(join(tmpdir(), 'sinter-bundle-')), 'tiny');
  await writeTinyBundle(bundle);
  model = await openModel(bundle, { workers: 1 });
});
afterAll(async () => {
  await model.close();
  await rm(dirname(bundle), { recursive: true });
});

let folder: string;
let images: string;
let gallery: Gallery;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-index-'));
  images = join(folder, 'images');
  gallery = await open();
});
afterEach(async () => {
  await gallery.close();
  await rm(folder, { recursive: true });
});

const open = (create = true) => {
  const ref = { id: model.id, dim: model.card.dim, folder: bundle };
  return openGallery({ folder: join(folder, 'index-data'), name: 'shop', model: ref, create });
};
const write = async (id: string, bytes: Uint8Array | string, root = images) => {
  await mkdir(dirname(join(root, id)), { recursive: true });
  await writeFile(join(root, id), bytes);
};
const red = (i: number) => colourPng(200, i, 10);
const blue = (i: number) => colourPng(10, i, 200);
const index = async (root = images) => indexImages(gallery, model, await readImageSet(root));
const ids = () => [...gallery.items()].map((item) => item.id);
const nothing: IndexReport = {
  added: 0,
  updated: 0,
  unchanged: 0,
  relabelled: 0,
  removed: 0,
  skipped: [],
  embedded: 0,
};

test('a folder is indexed once: a second run embeds nothing', async () => {
  for (let i = 0; i < 5; i++) await write(`red/${i}.png`, await red(i));
  await write('blue/0.png', await blue(0));
  expect(await index()).toEqual({ ...nothing, added: 6, embedded: 6 });
  expect(gallery.item('red/3.png' as ItemId)).toMatchObject({ label: 'red', root: images });
  expect(await index()).toEqual({ ...nothing, unchanged: 6 });
  const { vector } = await model.embedImage(await blue(3));
  expect((await gallery.search(vector, 1))[0].item.id).toBe('blue/0.png');
});

test('each change of a folder is followed, and only other content is embedded', async () => {
  for (let i = 0; i < 6; i++) await write(`red/${i}.png`, await red(i * 40));
  await index();
  await write('red/0.png', await blue(9));
  await unlink(join(images, 'red/1.png'));
  await rename(join(images, 'red/2.png'), join(images, 'red/two.png'));
  await write('blue/new.png', await blue(1));
  expect(await index()).toEqual({ ...nothing, added: 2, updated: 1, unchanged: 3, removed: 2, embedded: 2 });
  expect(ids()).toEqual(['blue/new.png', ...[0, 3, 4, 5].map((i) => `red/${i}.png`), 'red/two.png']);
  const { vector } = await model.embedImage(await blue(9));
  expect((await gallery.search(vector, 1))[0].item.id).toBe('red/0.png');
});

test('another label or split changes the item without embedding', async () => {
  await write('a.png', await red(0));
  await write('list.csv', 'path,label,split\na.png,red,train\n');
  await indexImages(gallery, model, await readImageSet(join(images, 'list.csv')));
  await write('list.csv', 'path,label,split\na.png,rouge,test\n');
  const report = await indexImages(gallery, model, await readImageSet(join(images, 'list.csv')));
  expect(report).toEqual({ ...nothing, relabelled: 1 });
  expect(gallery.item('a.png' as ItemId)).toMatchObject({ label: 'rouge', metadata: { split: 'test' } });
});

test('equal files under several names are embedded once, and all are found', async () => {
  for (let i = 0; i < 200; i++) await write(`red/${i}.png`, await red(7));
  const report = await index();
  expect(report.added).toBe(200);
  expect(report.embedded).toBeLessThan(100);
  expect(await gallery.search(gallery.vector('red/0.png' as ItemId)!, 300)).toHaveLength(200);
});

test('files that cannot be decoded are skipped with the reason, and leave the gallery', async () => {
  await write('red/0.png', await red(0));
  await write('red/1.png', await red(1));
  await index();
  await write('red/1.png', 'not a picture');
  const report = await index();
  expect(report).toMatchObject({ unchanged: 1, removed: 1 });
  expect(report.skipped).toEqual([{ path: join(images, 'red/1.png'), reason: expect.stringMatching(/./) }]);
  expect(ids()).toEqual(['red/0.png']);
});

test('two manifests of one folder add up', async () => {
  for (let i = 0; i < 4; i++) await write(`${i}.png`, await red(i));
  await write('first.csv', '0.png,red\n1.png,red\n');
  await write('second.csv', '2.png,red\n3.png,red\n');
  await index(join(images, 'first.csv'));
  expect(await index(join(images, 'second.csv'))).toEqual({ ...nothing, added: 2, embedded: 2 });
  expect(gallery.size()).toBe(4);
});

test('two folders with files of the same name are refused, naming both', async () => {
  const other = join(folder, 'other');
  await write('red/0.png', await red(0));
  await write('red/0.png', await red(1), other);
  await index();
  await expect(index(other)).rejects.toMatchObject({ code: 'conflict' });
  await expect(index(other)).rejects.toThrow(new RegExp(`${images};.*${other}`));
});

test('a folder that was moved is taken over with its embeddings', async () => {
  const moved = join(folder, 'moved');
  for (let i = 0; i < 3; i++) await write(`red/${i}.png`, await red(i));
  await index();
  await rename(images, moved);
  expect(await index(moved)).toEqual({ ...nothing, relabelled: 3 });
  expect(gallery.item('red/0.png' as ItemId)!.source).toBe(join(moved, 'red/0.png'));
});

test('what was reported done before an interruption is kept, and the next run goes on from there', async () => {
  for (let i = 0; i < 120; i++) await write(`red/${i}.png`, await red(i));
  const stop = new AbortController();
  let last: Progress | undefined;
  const work = {
    signal: stop.signal,
    onProgress: (progress: Progress) => {
      last = progress;
      if (progress.done >= 32) stop.abort();
    },
  };
  const interrupted = indexImages(gallery, model, await readImageSet(images), { batch: 16 }, work);
  await expect(interrupted).rejects.toMatchObject({ code: 'interrupted' });
  const kept = gallery.size();
  expect(kept).toBeGreaterThanOrEqual(32);
  expect(kept).toBe(last!.done);
  expect(kept).toBeLessThan(120);
  const report = await index();
  expect(report).toEqual({ ...nothing, added: 120 - kept, unchanged: kept, embedded: 120 - kept });
});

test('what was reported done before the process was killed is kept and found', async () => {
  for (let i = 0; i < 200; i++) await write(`red/${i}.png`, await red(i));
  await gallery.close();
  const reported = await indexUntilKilled(48);
  gallery = await open(false);
  const kept = gallery.size();
  expect(kept).toBeGreaterThanOrEqual(reported);
  expect(await gallery.search(gallery.vector(ids()[0])!, 500)).toHaveLength(kept);
  const report = await index();
  expect(report).toEqual({ ...nothing, added: 200 - kept, unchanged: kept, embedded: 200 - kept });
});

test('an open gallery finds what another process indexes', async () => {
  await write('red/0.png', await red(0));
  await index();
  for (let i = 0; i < 40; i++) await write(`blue/${i}.png`, await blue(i));
  expect(await once(indexInChild(), 'exit')).toEqual([0, null]);
  expect(gallery.size()).toBe(41);
  const { vector } = await model.embedImage(await blue(30));
  await vi.waitFor(async () => expect(await gallery.search(vector, 100)).toHaveLength(41));
  expect((await gallery.search(vector, 1))[0].item.id).toBe('blue/30.png');
});

test('a model that is not the gallery’s is refused', async () => {
  await write('red/0.png', await red(0));
  const ref = { id: 'b'.repeat(64), dim: 4, folder: bundle };
  const other = await openGallery({
    folder: join(folder, 'index-data'),
    name: 'other',
    model: ref,
    create: true,
  });
  await expect(indexImages(other, model, await readImageSet(images))).rejects.toMatchObject({
    code: 'wrong-model',
  });
  await other.close();
});

/** Starts a child process that indexes the images; the lines it writes are how many are done. */
function indexInChild() {
  const script = fileURLToPath(new URL('./index-folder-child.test-helper.ts', import.meta.url));
  const args = ['--import', 'tsx', script, images, bundle, join(folder, 'index-data')];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Indexes in a child process, kills it once it has reported `enough`, and returns the last that it reported. */
async function indexUntilKilled(enough: number): Promise<number> {
  const child = indexInChild();
  const exited = once(child, 'exit');
  let reported = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    reported = Number(line);
    if (reported >= enough) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return reported;
}
