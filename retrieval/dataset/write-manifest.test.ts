import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readDataSet } from './read-data-set.ts';
import { writeManifest } from './write-manifest.ts';

test('whatever files and labels are called, what is written is read again as it was', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-manifest-'));
  const names = [
    'a.png',
    'b,c.png',
    '#d.png',
    'e "f".png',
    ' g .png',
    'sub/h.png',
    'ü/#.png',
    'line\nend.png',
  ];
  const entries = names.map((name, i) => ({
    path: join(folder, 'images', name),
    label: ['x', 'y, z', '"q"', ' s ', '#t'][i % 5],
  }));
  for (const { path } of entries) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
  }
  await mkdir(join(folder, 'lists'));
  const manifest = join(folder, 'lists', 'labels.csv');
  await writeManifest(manifest, entries);
  const { images } = await readDataSet(manifest);
  expect(images.map(({ path, label }) => ({ path, label }))).toEqual(entries);
  await rm(folder, { recursive: true });
});
