import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { decodeImage } from '../../retrieval/image/decode.ts';
import { openPixelStore } from './pixel-store.ts';

const RULE = { fit: 'squash', size: 8 } as const;
let folder: string;
let images: LabelledImage[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-pixels-'));
  images = await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const path = join(folder, `${i}.png`);
      const background = { r: i * 6, g: 255 - i * 6, b: 128 };
      await sharp({ create: { width: 20, height: 12, channels: 3, background } })
        .png()
        .toFile(path);
      return { id: `${i}.png`, path, label: 'any' };
    }),
  );
  await writeFile(images[7].path, 'no image at all');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('every image can be read as it is decoded, and those that cannot be decoded are left out with the reason', async () => {
  const store = await openPixelStore(join(folder, 'a'), images, RULE);
  expect(store.images.map(({ id }) => id)).toEqual(images.filter((_, i) => i !== 7).map(({ id }) => id));
  expect(store.skipped).toMatchObject([{ path: images[7].path }]);
  const pixels = new Uint8Array(8 * 8 * 3);
  for (const position of [0, 6, 7, 38]) {
    await store.read(position, pixels);
    const expected = await decodeImage(await readFile(store.images[position].path), {
      fit: 'squash',
      resize: 8,
      crop: 8,
    });
    expect(pixels).toEqual(new Uint8Array(expected.data));
  }
  await store.close();
});

test('a second opening decodes nothing', async () => {
  const stages: string[] = [];
  const store = await openPixelStore(join(folder, 'a'), images, RULE, {
    onProgress: ({ stage }) => stages.push(stage),
  });
  expect(stages).toEqual([]);
  expect(store.skipped).toHaveLength(1);
  await store.close();
});

test('what was stopped goes on where it was, a record cut short included', async () => {
  const there = join(folder, 'b');
  const stop = new AbortController();
  const stopped = openPixelStore(there, images, RULE, {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
  const [name] = (await readdir(there)).filter((file) => file.endsWith('.pixels'));
  const { size } = await stat(join(there, name));
  expect(size).toBeLessThan(40 * 192);
  await truncate(join(there, name), size - 5);
  const counts: number[] = [];
  const store = await openPixelStore(there, images, RULE, { onProgress: ({ done }) => counts.push(done) });
  expect(counts[0]).toBeGreaterThan(16);
  expect(store.images).toHaveLength(39);
  expect(store.skipped).toHaveLength(1);
  const pixels = new Uint8Array(192);
  await store.read(20, pixels);
  expect([...pixels.subarray(0, 3)]).toEqual([21 * 6, 255 - 21 * 6, 128]);
  await store.close();
});

test('a changed file makes another store', async () => {
  await sharp({ create: { width: 9, height: 9, channels: 3, background: 'red' } })
    .png()
    .toFile(images[0].path);
  const store = await openPixelStore(join(folder, 'a'), images, RULE);
  const pixels = new Uint8Array(192);
  await store.read(0, pixels);
  expect([...pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
  await store.close();
});
