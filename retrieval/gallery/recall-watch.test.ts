import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { MODEL, newItems, vectorOf } from './gallery.test-helper.ts';
import { openGallery } from './gallery.ts';
import type { Gallery } from './item.ts';
import { RecallWatch } from './recall-watch.ts';

const FOUND = { recall: 0.9, k: 10, queries: 20 };

describe('the watch over the recall', () => {
  test('checks again and again, each time by another seed, and keeps the last answer', async () => {
    const seeds: number[] = [];
    const watch = new RecallWatch(async (_sample, _k, seed) => {
      seeds.push(seed);
      return { ...FOUND, recall: seed / 10 };
    }, 20);
    expect(watch.last).toBeUndefined();
    await vi.waitFor(() => expect(seeds.length).toBeGreaterThan(2), { timeout: 10_000 });
    await watch.stop();
    expect(seeds).toEqual(seeds.map((_, i) => i));
    expect(watch.last).toMatchObject({ recall: seeds.at(-1)! / 10, k: 10 });
    expect(Date.parse(watch.last!.checkedAt)).toBeGreaterThan(Date.now() - 60_000);
  });

  test('makes up for a check that failed', async () => {
    let checks = 0;
    const watch = new RecallWatch(async () => {
      if (checks++ === 0) throw new Error('The worker thread was closed.');
      return FOUND;
    }, 20);
    await vi.waitFor(() => expect(watch.last).toMatchObject(FOUND), { timeout: 10_000 });
    await watch.stop();
  });

  test('checks only when asked to where there is no time between', async () => {
    const watch = new RecallWatch(async () => FOUND, 0);
    expect(await watch.check()).toMatchObject(FOUND);
    await watch.stop();
  });
});

describe('a gallery', () => {
  let folder: string;
  const opened: Gallery[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sinter-recall-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((gallery) => gallery.close()));
    await rm(folder, { recursive: true });
  });

  test('publishes the recall of its index by itself, and what is in it', async () => {
    const options = { folder, name: 'shop', model: MODEL, create: true, recallCheckMs: 100 };
    const gallery = await openGallery(options);
    opened.push(gallery);
    await gallery.put(newItems(0, 400));
    await vi.waitFor(() => expect(gallery.recall()).toMatchObject({ k: 10, queries: 20 }), {
      timeout: 10_000,
    });
    expect(gallery.recall()!.recall).toBeGreaterThanOrEqual(0.98);
    await gallery.remove(newItems(0, 100).map(({ id }) => id));
    expect(await gallery.indexState()).toEqual({ size: 300, removed: 100 });
    expect((await gallery.checkRecall())!.recall).toBeGreaterThanOrEqual(0.98);
  });

  test('has no recall to publish while it is empty', async () => {
    const gallery = await openGallery({ folder, name: 'shop', model: MODEL, create: true });
    opened.push(gallery);
    expect(await gallery.checkRecall()).toBeUndefined();
    expect(await gallery.search(vectorOf(1), 3)).toEqual([]);
  });
});
