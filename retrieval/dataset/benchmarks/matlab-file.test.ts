import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readMatlabFile } from './matlab-file.ts';

const FIXTURES = new URL('../../../test/fixtures/', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'sinter-matlab-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A fixture with some of its bytes changed, or cut off. */
function changed(name: string, change: (bytes: Buffer) => Buffer | undefined): string {
  const bytes = readFileSync(join(FIXTURES, name));
  const path = join(folder, 'changed.mat');
  writeFileSync(path, change(bytes) ?? bytes);
  return path;
}

test.each(['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'single', 'double'])(
  'an array of %s is read as numbers, the first index fastest',
  async (kind) => {
    const values = await readMatlabFile(join(FIXTURES, 'values.mat'));
    expect(values.get(`of_${kind}`)).toEqual({ kind: 'numbers', numbers: [1, 4, 2, 5, 3, 6] });
  },
);

test('scalars, truth, empty arrays, text, structs and cells are read, in each other as well', async () => {
  const values = await readMatlabFile(join(FIXTURES, 'values.mat'));
  expect(values.get('negative')).toEqual({ kind: 'numbers', numbers: [-2.5] });
  expect(values.get('none')).toEqual({ kind: 'numbers', numbers: [] });
  expect(values.get('truth')).toEqual({ kind: 'numbers', numbers: [1] });
  expect(values.get('text')).toEqual({ kind: 'text', text: 'Škoda' });
  const b = { kind: 'cells', cells: [{ kind: 'text', text: 'b' }] };
  const inner = { kind: 'structs', structs: [{ deep: { kind: 'numbers', numbers: [7, 8] } }] };
  expect(values.get('nested')).toEqual({
    kind: 'structs',
    structs: [{ inner, cells: { kind: 'cells', cells: [{ kind: 'text', text: 'a' }, b] } }],
  });
});

test('text is read in the 16 bits a character that MATLAB writes', async () => {
  const values = await readMatlabFile(join(FIXTURES, 'text-of-matlab.mat'));
  expect([...values]).toEqual([['maker', { kind: 'text', text: 'Škoda' }]]);
});

test('compressed structs have their fields by name, one struct an element', async () => {
  const annotations = (await readMatlabFile(join(FIXTURES, 'cars-one-list.mat'))).get('annotations');
  expect(
    annotations?.kind === 'structs' && annotations.structs.map(({ relative_im_path }) => relative_im_path),
  ).toEqual([1, 2, 3, 4, 5, 6].map((n) => ({ kind: 'text', text: `car_ims/00000${n}.jpg` })));
  expect(annotations?.kind === 'structs' && annotations.structs[2]).toMatchObject({
    bbox_y2: { kind: 'numbers', numbers: [40] },
    class: { kind: 'numbers', numbers: [2] },
  });
});

test.each<[string, string, (bytes: Buffer) => Buffer | undefined, string]>([
  ['is another file', 'values.mat', (bytes) => bytes.fill(32, 0, 128), 'lacks the mark'],
  ['is too short', 'values.mat', (bytes) => bytes.subarray(0, 100), 'it has 100 bytes only'],
  ['is HDF5', 'values.mat', (bytes) => void bytes.writeUInt16LE(0x0200, 124), 'version 7.3'],
  ['is of the other order of bytes', 'values.mat', (bytes) => void bytes.write('MI', 126), 'big-endian'],
  ['ends early', 'values.mat', (bytes) => bytes.subarray(0, bytes.length - 24), 'ends early'],
  ['ends early in compressed data', 'cars-train.mat', (bytes) => bytes.subarray(0, 200), 'ends early'],
  ['is damaged', 'cars-train.mat', (bytes) => bytes.fill(0xff, 140, 160), 'MATLAB file of version 5 to 7'],
  [
    'holds objects',
    'text-of-matlab.mat',
    (bytes) => void bytes.writeUInt32LE(3, 144),
    'class 3 are not read',
  ],
  [
    'holds data of no known type',
    'text-of-matlab.mat',
    (bytes) => void bytes.writeUInt32LE(8, 184),
    'type 8',
  ],
])('a file that %s is refused with the reason', async (_, fixture, change, reason) => {
  await expect(readMatlabFile(changed(fixture, change))).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringContaining(reason),
  });
});
