import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDataSet } from '../../retrieval/dataset/read-data-set.ts';
import { writeOpenSplit } from './open-split.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinter-open-'));
  for (const label of ['1', '2', '10', 'a, "b"']) {
    mkdirSync(join(folder, 'set', label), { recursive: true });
    for (const name of ['1.png', '2.png']) writeFileSync(join(folder, 'set', label, name), '');
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

test('the first classes, numbers in order, are trained on and the others tested', async () => {
  const manifest = join(folder, 'open.csv');
  await writeOpenSplit([join(folder, 'set')], 2, manifest);
  const { images } = await readDataSet(manifest);
  const labelsOf = (split: string) =>
    new Set(images.filter((image) => image.split === split).map(({ label }) => label));
  expect(images).toHaveLength(8);
  expect([labelsOf('train'), labelsOf('test')]).toEqual([new Set(['1', '2']), new Set(['10', 'a, "b"'])]);
});

test('two classes must be left on either side', async () => {
  await expect(writeOpenSplit([join(folder, 'set')], 3, join(folder, 'none.csv'))).rejects.toThrow(
    'Expected to train on 2 to 2 of 4 classes, so that two are left for testing; got 3.',
  );
});
