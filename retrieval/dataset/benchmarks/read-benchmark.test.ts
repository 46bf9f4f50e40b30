import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ImageFile } from '../labelled-image.ts';
import { readDataSet, readImageSet } from '../read-data-set.ts';

const FIXTURES = new URL('../../../test/fixtures/', import.meta.url).pathname;
const CUB50 = new URL('../../../../shared/data/cub50/', import.meta.url).pathname;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sinter-benchmark-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Writes files below the root by their paths; an image needs no content here. */
function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const images = (...paths: string[]) => write(Object.fromEntries(paths.map((path) => [path, ''])));
const fixture = (name: string, path: string) => {
  write({ [path]: '' });
  copyFileSync(join(FIXTURES, name), join(root, path));
};
const rows = (set: { images: ImageFile[] }) =>
  set.images.map(({ id, label, split }) => `${id} ${label} ${split}`);

/** Three species with two photos each, the last species' class missing from the official training part. */
function writeCub(): void {
  write({
    'images.txt':
      '1 001.A/a.jpg\r\n2 001.A/b.jpg\r\n3 002.B/a.jpg\r\n4 002.B/b.jpg\r\n5 003.C/a.jpg\r\n6 003.C/b.jpg\r\n',
    'image_class_labels.txt': '1 1\n2 1\n3 2\n4 2\n5 3\n6 3\n',
    'classes.txt': '1 001.A\n2 002.B\n3 003.C\n',
    'train_test_split.txt': '1 1\n2 0\n3 0\n4 1\n5 0\n6 1\n',
  });
  images(...['001.A', '002.B', '003.C'].flatMap((name) => [`images/${name}/a.jpg`, `images/${name}/b.jpg`]));
}

function writeProducts(): void {
  const header = 'image_id class_id super_class_id path\n';
  write({
    'Ebay_train.txt': `${header}1 1 1 bicycle_final/11_0.JPG\n2 1 1 bicycle_final/11_1.JPG\n`,
    'Ebay_test.txt': `${header}1 11319 1 bicycle_final/22_0.JPG\n2 11320 2 chair_final/33_0.JPG\n`,
  });
  images(
    'bicycle_final/11_0.JPG',
    'bicycle_final/11_1.JPG',
    'bicycle_final/22_0.JPG',
    'chair_final/33_0.JPG',
  );
}

function writeInShop(): void {
  const photo = (item: string, n: number) => `img/WOMEN/Dresses/${item}/0${n}_1_front.jpg`;
  const lines = [
    `${photo('id_00000002', 1)} id_00000002 train`,
    `${photo('id_00000007', 1)}      id_00000007 query`,
    `${photo('id_00000007', 2)}      id_00000007 gallery`,
  ];
  write({ 'Eval/list_eval_partition.txt': `3\nimage_name item_id evaluation_status\n${lines.join('\n')}\n` });
  images(
    `Img/${photo('id_00000002', 1)}`,
    `Img/${photo('id_00000007', 1)}`,
    `Img/${photo('id_00000007', 2)}`,
  );
}

test('CUB is open by default: trained on the first half of its classes, tested on the others', async () => {
  writeCub();
  expect(rows(await readDataSet(root))).toEqual([
    'images/001.A/a.jpg 001.A train',
    'images/001.A/b.jpg 001.A train',
    'images/002.B/a.jpg 002.B train',
    'images/002.B/b.jpg 002.B train',
    'images/003.C/a.jpg 003.C test',
    'images/003.C/b.jpg 003.C test',
  ]);
});

test('CUB has its official split where the closed protocol is asked for', async () => {
  writeCub();
  const { images } = await readDataSet(root, { protocol: 'closed' });
  expect(images.map(({ split }) => split)).toEqual(['train', 'test', 'test', 'train', 'test', 'train']);
});

test('a set that was cut down is read with a warning that gives its counts and the complete ones', async () => {
  writeCub();
  const { warnings } = await readDataSet(root);
  expect(warnings).toEqual([
    expect.stringMatching(
      /not the whole of CUB-200-2011.* 6 images \(train 4, test 2\).* 11,788 images \(train 5,864, test 5,924\)/,
    ),
  ]);
});

test('lines about images that are not listed, and images that no list has, are left out with a warning', async () => {
  writeCub();
  write({ 'train_test_split.txt': '1 1\n2 0\n3 0\n4 1\n5 0\n6 1\n7 1\n' });
  images('images/002.B/copy.jpg', 'images/002.B/notes.txt', 'images/002.B/.hidden.jpg');
  const { images: read, warnings } = await readDataSet(root, { protocol: 'closed' });
  expect(read).toHaveLength(6);
  expect(warnings.slice(0, 2)).toEqual([
    'train_test_split.txt has 1 lines for images that images.txt does not list: 7.',
    'Left out 1 images that no list of CUB-200-2011 has: images/002.B/copy.jpg.',
  ]);
});

test('Cars196 is read in the layout of one list and one folder', async () => {
  fixture('cars-one-list.mat', 'cars_annos.mat');
  images(...[1, 2, 3, 4, 5, 6].map((n) => `car_ims/00000${n}.jpg`));
  expect(rows(await readDataSet(root))).toEqual([
    'car_ims/000001.jpg AM General Hummer SUV 2000 train',
    'car_ims/000002.jpg AM General Hummer SUV 2000 train',
    'car_ims/000003.jpg Acura RL Sedan 2012 train',
    'car_ims/000004.jpg Acura RL Sedan 2012 train',
    'car_ims/000005.jpg Ram C/V Cargo Van Minivan 2012 test',
    'car_ims/000006.jpg Ram C/V Cargo Van Minivan 2012 test',
  ]);
  const { images: closed } = await readDataSet(root, { protocol: 'closed' });
  expect(closed.map(({ split }) => split)).toEqual(['train', 'test', 'train', 'test', 'train', 'test']);
});

test.each(['', 'devkit/'])(
  'Cars196 is read in the layout of two folders, the labels of the test images in the root or beside the others: %s',
  async (place) => {
    fixture('cars-names.mat', 'devkit/cars_meta.mat');
    fixture('cars-train.mat', 'devkit/cars_train_annos.mat');
    fixture('cars-test.mat', `${place}cars_test_annos_withlabels.mat`);
    images(
      ...['cars_train', 'cars_test'].flatMap((folder) => [1, 2, 3].map((n) => `${folder}/0000${n}.jpg`)),
    );
    // The protocol of metric learning goes by class over both folders.
    expect(rows(await readDataSet(root))).toEqual([
      'cars_train/00001.jpg Ram C/V Cargo Van Minivan 2012 test',
      'cars_train/00002.jpg AM General Hummer SUV 2000 train',
      'cars_train/00003.jpg Acura RL Sedan 2012 train',
      'cars_test/00001.jpg Acura RL Sedan 2012 train',
      'cars_test/00002.jpg Ram C/V Cargo Van Minivan 2012 test',
      'cars_test/00003.jpg AM General Hummer SUV 2000 train',
    ]);
    const { images: closed } = await readDataSet(root, { protocol: 'closed' });
    expect(closed.map(({ split }) => split)).toEqual(['train', 'train', 'train', 'test', 'test', 'test']);
  },
);

test('Stanford Online Products has its official split, each product labelled by category and number', async () => {
  writeProducts();
  const set = await readDataSet(root);
  expect(rows(set)).toEqual([
    'bicycle_final/11_0.JPG bicycle/1 train',
    'bicycle_final/11_1.JPG bicycle/1 train',
    'bicycle_final/22_0.JPG bicycle/11319 test',
    'chair_final/33_0.JPG chair/11320 test',
  ]);
  expect(set.warnings[0]).toContain('4 images (train 2, test 2); complete it has 120,053 images');
});

test('In-Shop has training images, queries and a gallery', async () => {
  writeInShop();
  const set = await readImageSet(root);
  expect(rows(set)).toEqual([
    'Img/img/WOMEN/Dresses/id_00000002/01_1_front.jpg id_00000002 train',
    'Img/img/WOMEN/Dresses/id_00000007/01_1_front.jpg id_00000007 query',
    'Img/img/WOMEN/Dresses/id_00000007/02_1_front.jpg id_00000007 gallery',
  ]);
  expect(set.warnings[0]).toContain('(train 1, query 1, gallery 1); complete it has 52,712 images');
});

test.each<[string, () => void, string, RegExp]>([
  [
    'CUB',
    writeCub,
    'classes.txt',
    /CUB-200-2011 but classes\.txt is not there \(found: image_class_labels\.txt, images,.*vision\.caltech\.edu\/datasets\/cub_200_2011.*images\.txt, image_class_labels/,
  ],
  ['CUB', writeCub, 'images/002.B/b.jpg', /1 of 6 images are not there: images\/002\.B\/b\.jpg/],
  ['CUB', writeCub, 'images', /6 of 6 images are not there/],
  [
    'Stanford Online Products',
    writeProducts,
    'Ebay_test.txt',
    /Ebay_test\.txt is not there.*cvgl\.stanford\.edu\/projects\/lifted_struct.*bicycle_final/,
  ],
  [
    'DeepFashion In-Shop',
    writeInShop,
    'Eval/list_eval_partition.txt',
    /list_eval_partition\.txt is not there.*mmlab\.ie\.cuhk\.edu\.hk\/projects\/DeepFashion\.html.*Img\/img\/WOMEN/,
  ],
])('an incomplete %s says what is missing and where it is to be had', async (_, make, part, message) => {
  make();
  rmSync(join(root, part), { recursive: true });
  await expect(readDataSet(root)).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringMatching(message),
  });
});

test('Cars196 without its labels is not taken for a folder of two classes', async () => {
  images('cars_train/00001.jpg', 'cars_test/00001.jpg');
  await expect(readDataSet(root)).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringMatching(
      /Cars196 but devkit\/cars_meta\.mat is not there \(found: cars_test, cars_train\).*ai\.stanford\.edu\/~jkrause\/cars.*offline/,
    ),
  });
});

test('lists that cannot be right are refused with the place', async () => {
  writeCub();
  write({ 'images.txt': '1 001.A/a.jpg\n2 001.A/b.jpg large\n' });
  await expect(readDataSet(root)).rejects.toThrow(
    /`id file` on line 2 of .*images\.txt; got `2 001\.A\/b\.jpg large`/,
  );
  write({ 'images.txt': '1 001.A/a.jpg\n9 001.A/b.jpg\n' });
  await expect(readDataSet(root)).rejects.toThrow(/a line for 9 in image_class_labels\.txt/);
  write({ 'images.txt': '1 001.A/a.jpg\n2 001.A/a.jpg\n' });
  await expect(readDataSet(root)).rejects.toThrow(/name 1 of 2 images twice/);
});

test('a status that In-Shop does not have is refused', async () => {
  write({ 'Eval/list_eval_partition.txt': '1\nimage_name item_id evaluation_status\nimg/a.jpg id_1 val\n' });
  await expect(readDataSet(root)).rejects.toThrow('Expected train, query, gallery');
});

test('a benchmark that is asked for by name is read, and any other folder is refused with what it has', async () => {
  writeProducts();
  expect(await readDataSet(root, { benchmark: 'sop' })).toEqual(await readDataSet(root));
  await expect(readDataSet(root, { benchmark: 'cub' })).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringMatching(
      /Expected the folder of CUB-200-2011; .* has the files of Stanford Online Products\. Download it from .*images\.txt/,
    ),
  });
});

test('a folder of anything else, an empty one and a file are no benchmark', async () => {
  images('red/1.jpg', 'green/2.jpg');
  await expect(readDataSet(root, { benchmark: 'in-shop' })).rejects.toThrow(
    /Expected the folder of DeepFashion In-Shop; .* has none of its files \(found: green, red\)/,
  );
  write({ 'list.csv': 'red/1.jpg,red\n' });
  await expect(readDataSet(join(root, 'list.csv'), { benchmark: 'cars' })).rejects.toThrow(
    /Expected the folder of Cars196; .*list\.csv is no folder\. Download it/,
  );
});

test('a protocol is refused where there is none to choose', async () => {
  writeProducts();
  await expect(readDataSet(root, { protocol: 'closed' })).rejects.toMatchObject({
    code: 'bad-input',
    message: 'Stanford Online Products has the protocol open only; got "closed".',
  });
  const own = join(root, 'bicycle_final');
  await expect(readDataSet(own, { protocol: 'open' })).rejects.toMatchObject({ code: 'bad-input' });
});

test.each([
  ['CUB_200_2011', 'vision.caltech.edu'],
  ['stanford_cars', 'jkrause/cars'],
  ['Stanford_Online_Products', 'lifted_struct'],
  ['In-shop Clothes Retrieval Benchmark', 'DeepFashion.html'],
])('a folder %s that is not there is said to be had from %s', async (name, page) => {
  await expect(readDataSet(join(root, name))).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining(page),
  });
});

test.skipIf(!existsSync(CUB50))(
  'the first 50 species of CUB are read as they are (needs ../shared/data)',
  async () => {
    const classesOf = (images: ImageFile[], split: string) =>
      new Set(images.filter((image) => image.split === split).map(({ label }) => label));
    const open = await readDataSet(CUB50);
    expect(open.images).toHaveLength(2889);
    const [trained, unseen] = [classesOf(open.images, 'train'), classesOf(open.images, 'test')];
    expect([trained.size, unseen.size]).toEqual([25, 25]);
    expect(trained).toContain('025.Pelagic_Cormorant');
    expect(unseen).toContain('026.Bronzed_Cowbird');
    expect(open.warnings).toEqual([
      expect.stringMatching(/^Left out 2 images .*_rgb\.jpg/),
      expect.stringContaining('2,889 images (train 1,402, test 1,487)'),
    ]);
    const closed = await readDataSet(CUB50, { protocol: 'closed' });
    expect(classesOf(closed.images, 'train')).toEqual(classesOf(closed.images, 'test'));
    expect(closed.images.filter(({ split }) => split === 'train')).toHaveLength(1500);
  },
);
