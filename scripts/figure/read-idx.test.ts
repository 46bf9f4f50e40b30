import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { FASHION_MNIST, readFashionMnist } from './fashion-mnist.ts';
import { readIdx } from './read-idx.ts';

const folder = mkdtempSync(join(tmpdir(), 'sinter-idx-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, bytes: number[]): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(Buffer.from(bytes)) : Buffer.from(bytes));
  return path;
}

const TWO_BY_THREE = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255];

test.each(['plain.idx', 'packed.idx.gz'])('shape and bytes of %s are read', async (name) => {
  const { dims, data } = await readIdx(write(name, TWO_BY_THREE));
  expect(dims).toEqual([2, 3]);
  expect([...data]).toEqual([1, 2, 3, 4, 5, 255]);
});

test.each<[string, string, number[], string]>([
  ['of another format', 'a', [1, 2, 3, 4], 'does not begin as one'],
  ['of floats', 'b', [0, 0, 13, 1, 0, 0, 0, 0], 'elements are of type 13'],
  ['without its shape', 'c', TWO_BY_THREE.slice(0, 7), 'ends early'],
  ['with too little', 'd', TWO_BY_THREE.slice(0, -1), 'has 5 elements for the shape [2,3]'],
])('a file %s is refused with the reason', async (_, name, bytes, reason) => {
  await expect(readIdx(write(name, bytes))).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringContaining(reason),
  });
});

test('a packed file that is damaged is refused, and one that is not there is said to be had from Debian', async () => {
  writeFileSync(join(folder, 'broken.gz'), 'no gzip');
  await expect(readIdx(join(folder, 'broken.gz'))).rejects.toMatchObject({ code: 'bad-data' });
  await expect(readFashionMnist(folder, 'train', 1)).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('dataset-fashion-mnist'),
  });
});

test.skipIf(!existsSync(FASHION_MNIST))(
  'Fashion-MNIST begins with an ankle boot (needs the Debian package dataset-fashion-mnist)',
  async () => {
    const { pixels, size, labels } = await readFashionMnist(FASHION_MNIST, 't10k', 5);
    expect([size, pixels.length]).toEqual([28, 5 * 28 * 28]);
    expect([...labels]).toEqual([9, 2, 1, 1, 6]);
    // The boot's corner is empty and its sole is not.
    expect([pixels[0], pixels[20 * 28 + 14] > 100]).toEqual([0, true]);
  },
);
