import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeImage } from '../../retrieval/image/decode.ts';
import { altered, readJpegs, writeCopies } from './jpeg-files.ts';

const pixelsOf = async (jpeg: Uint8Array) =>
  (await decodeImage(jpeg, { fit: 'cover', resize: 64, crop: 64 })).data;

test('photos are drawn by the seed, and copies decode to other pixels that are near', async () => {
  const [photo] = (await readJpegs({ seed: 1 }, 1)) as [Buffer];
  expect((await readJpegs({ seed: 1 }, 1))[0]).toEqual(photo);
  expect(altered(photo, 0)).toEqual(photo);
  const pixels = await pixelsOf(photo);
  const copies = await Promise.all([1, 2, 3].map((number) => pixelsOf(altered(photo, number))));
  for (const copy of copies) {
    const difference = copy.reduce((sum, value, i) => sum + Math.abs(value - (pixels[i] as number)), 0);
    expect(difference).toBeGreaterThan(0);
    expect(difference / copy.length).toBeLessThan(8);
  }
  expect(new Set(copies.map((copy) => Buffer.from(copy).toString('hex'))).size).toBe(3);
});

test('a folder is read to its depths, and one without JPEGs is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-jpegs-'));
  await expect(readJpegs({ imagesFrom: folder, seed: 1 }, 9)).rejects.toMatchObject({ code: 'bad-data' });
  const originals = await readJpegs({ seed: 2 }, 2);
  await writeCopies(originals, { folder: join(folder, 'deep'), from: 0, count: 5 });
  expect(await readdir(join(folder, 'deep'))).toHaveLength(5);
  expect(await readJpegs({ imagesFrom: folder, seed: 1 }, 3)).toHaveLength(3);
  expect(await readFile(join(folder, 'deep', '1.jpg'))).toEqual(originals[1]);
  await rm(folder, { recursive: true });
});
