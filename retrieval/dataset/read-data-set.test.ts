import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDataSet, readImageSet } from './read-data-set.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sinter-data-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Makes files below the root; what is in them does not matter here. */
function make(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), '');
  }
}

function manifest(text: string, name = 'set.csv'): string {
  writeFileSync(join(root, name), text);
  return join(root, name);
}

const labels = (images: { id: string; label: string | null }[]) =>
  images.map(({ id, label }) => `${id}=${label}`);

test('the label of an image is its folder, nested folders included, in order of id', async () => {
  make('Fruit/Pear/2.JPG', 'Fruit/Pear/1.png', 'Fruit/Apple/Red/1.webp', 'Fruit/Apple/Red/2.jpeg');
  const set = await readDataSet(root);
  expect(labels(set.images)).toEqual([
    'Fruit/Apple/Red/1.webp=Fruit/Apple/Red',
    'Fruit/Apple/Red/2.jpeg=Fruit/Apple/Red',
    'Fruit/Pear/1.png=Fruit/Pear',
    'Fruit/Pear/2.JPG=Fruit/Pear',
  ]);
  expect(set.images[0]?.path).toBe(join(root, 'Fruit/Apple/Red/1.webp'));
  expect(set.warnings).toEqual([]);
});

test('hidden files and folders and other kinds of file are passed over', async () => {
  make('a/1.png', 'a/2.png', 'a/.3.png', '.cache/a/4.png', 'a/notes.txt');
  expect(labels((await readDataSet(root)).images)).toEqual(['a/1.png=a', 'a/2.png=a']);
});

test('linked files and folders are read, and a link back up does not run in circles', async () => {
  make('a/1.png', 'a/2.png');
  symlinkSync(join(root, 'a'), join(root, 'b'));
  symlinkSync(root, join(root, 'a', 'up'));
  expect(labels((await readDataSet(root)).images)).toEqual([
    'a/1.png=a',
    'a/2.png=a',
    'b/1.png=b',
    'b/2.png=b',
  ]);
});

test('empty class folders, classes of one image and images outside of classes are warned of', async () => {
  make('a/1.png', 'a/2.png', 'b/1.png', 'loose.png');
  mkdirSync(join(root, 'c'));
  expect((await readDataSet(root)).warnings).toEqual([
    '1 folder is empty: c.',
    'Left out 1 of 4 images, which have no class: loose.png.',
    '1 of 2 classes have a single image, so it has no match to be near to: b.',
  ]);
});

test('images without class folders cannot be trained on, but they can be indexed', async () => {
  make('1.png', '2.png');
  await expect(readDataSet(root)).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringContaining('have no class (1.png, 2.png)'),
  });
  const set = await readImageSet(root);
  expect(labels(set.images)).toEqual(['1.png=null', '2.png=null']);
  expect(set.warnings).toEqual([]);
});

test('a folder that is missing, empty or without images is said plainly', async () => {
  await expect(readDataSet(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' });
  await expect(readDataSet(root)).rejects.toThrow('it is empty');
  make('a/notes.txt');
  await expect(readDataSet(root)).rejects.toThrow('1 files of other kinds only');
});

test('a manifest has paths relative to it, comments, spaces and splits, and keeps its order', async () => {
  make('b.png', 'x/a b.png');
  const path = manifest('\uFEFF# a comment\n x/a b.png , first class , valid\n\nb.png,second#1,TRAIN\n');
  const set = await readDataSet(path);
  expect(set.root).toBe(root);
  expect(set.images).toEqual([
    { id: 'x/a b.png', path: join(root, 'x/a b.png'), label: 'first class', split: 'val' },
    { id: 'b.png', path: join(root, 'b.png'), label: 'second#1', split: 'train' },
  ]);
});

test('a header is recognised, in any order of columns, and lets a split have any name', async () => {
  make('a.png', 'b.png');
  const set = await readDataSet(manifest('Label,Split,Path\none,fold-3,a.png\ntwo,,b.png\n'));
  expect(set.images).toMatchObject([
    { id: 'a.png', label: 'one', split: 'fold-3' },
    { id: 'b.png', label: 'two' },
  ]);
  expect(set.images[1]).not.toHaveProperty('split');
});

test('a third column that names no splits is something else and is left alone', async () => {
  make('a.png', 'b.png');
  const set = await readDataSet(manifest('a.png, 0, 12\nb.png, 0, 13\n'));
  expect(set.images.every((image) => image.split === undefined)).toBe(true);
  expect(set.warnings).toEqual([]);
  const mixed = await readDataSet(manifest('a.png,0,train\nb.png,0,tarin\n'));
  expect(mixed.warnings[0]).toContain('not on lines 2');
  expect(mixed.images[0]?.split).toBeUndefined();
});

test('a manifest of paths alone can be indexed', async () => {
  make('a.png');
  expect(labels((await readImageSet(manifest('a.png\n'))).images)).toEqual(['a.png=null']);
});

test('one image under two labels is an error that names both lines, a repeated line a warning', async () => {
  make('a.png', 'b.png');
  await expect(readDataSet(manifest('a.png,0\nb.png,0\n./a.png,1\n'))).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringMatching(/a\.png is `0` on line 1 and `1` on line 3/),
  });
  const set = await readDataSet(manifest('a.png,0\nb.png,0\na.png,0\n'));
  expect(set.images.length).toBe(2);
  expect(set.warnings[0]).toContain('1 lines repeat');
});

test('missing files, lines without a path, broken CSV and empty manifests are errors that say where', async () => {
  make('a.png');
  await expect(readDataSet(manifest('a.png,0\nb.png,0\nc.png,0\n'))).rejects.toThrow(
    /2 of 3 images .* not there: b\.png \(line 2\), c\.png \(line 3\)/,
  );
  await expect(readDataSet(manifest('a.png,0\n\n,0\n'))).rejects.toThrow('Expected a path on line 3');
  await expect(readDataSet(manifest('a.png,"0\n'))).rejects.toThrow('is not a CSV file');
  await expect(readDataSet(manifest('# nothing\n'))).rejects.toThrow('it has none');
});

const GROCERY = new URL('../../../shared/data/grocery/', import.meta.url).pathname;
test.skipIf(!existsSync(GROCERY))(
  'the grocery manifests are read as they are (needs ../shared/data)',
  async () => {
    const set = await readDataSet(join(GROCERY, 'train.txt'));
    expect(set.images.length).toBe(2640);
    expect(new Set(set.images.map((image) => image.label)).size).toBe(81);
    expect(set.images[0]).not.toHaveProperty('split');
  },
);
