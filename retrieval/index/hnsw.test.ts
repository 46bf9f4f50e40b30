import { mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { clusteredVectors } from './clustered-vectors.test-helper.ts';
import { createExactIndex } from './exact.ts';
import { type HnswIndex, type HnswOptions, openHnswIndex } from './hnsw.ts';
import type { Neighbour, Slot } from './vector-index.ts';

const opened: HnswIndex[] = [];
const open = async (options: HnswOptions) => {
  const index = await openHnswIndex(options);
  opened.push(index);
  return index;
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
afterEach(() => Promise.all(opened.splice(0).map((index) => index.close())));

test('finds what lies around very many equal vectors', async () => {
  const dim = 16;
  const data = clusteredVectors(1000, dim, 20);
  const copies = Float32Array.from({ length: 1000 * dim }, (_, i) => data.row(0)[i % dim]);
  const index = await open({ dim });
  await index.add(
    Array.from({ length: 1000 }, (_, i) => (5001 + i) as Slot),
    copies,
  );
  await index.add(data.slots, data.vectors);
  for (let i = 0; i < 1000; i += 10) {
    const [best] = await index.search(data.row(i), 1);
    expect(best!.slot).toBe(i + 1);
  }
  expect(await index.search(data.row(0), 1500)).toHaveLength(1500);
});

test('finds everything after most of it was replaced again and again', async () => {
  const dim = 8;
  const index = await open({ dim });
  const data = clusteredVectors(4000, dim, 40);
  for (let i = 0; i < 4000; i += 200) {
    await index.add(data.slots.slice(i, i + 200), data.vectors.subarray(i * dim, (i + 200) * dim));
    await index.remove(data.slots.slice(Math.max(0, i - 200), i));
  }
  for (let i = 3800; i < 4000; i++) {
    expect((await index.search(data.row(i), 1))[0].slot).toBe(i + 1);
  }
  expect(await index.search(data.row(0), 500)).toHaveLength(200);
});

test('takes additions and saves them, though searches never cease to wait', async () => {
  const dim = 64;
  const data = clusteredVectors(5100, dim, 100);
  const folder = await mkdtemp(join(tmpdir(), 'sinter-hnsw-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = { path: join(folder, 'hnsw-a.bin'), modelId: 'a'.repeat(64) };
  const index = await open({ dim, settings: { efSearch: 500 }, file });
  await index.add(data.slots.slice(0, 5000), data.vectors.slice(0, 5000 * dim));
  const MOST_SEARCHES = 20_000;
  let searches = 0;
  let isDone = false;
  const client = async (_: unknown, i: number) => {
    for (let row = i; !isDone && searches < MOST_SEARCHES; row = (row + 32) % 5000) {
      await index.search(data.row(row), 10);
      searches++;
    }
  };
  const clients = Array.from({ length: 32 }, client);
  await index.add(data.slots.slice(5000), data.vectors.slice(5000 * dim));
  const untilAdded = searches;
  await index.save();
  isDone = true;
  await Promise.all(clients);
  // At worst each of the 100 waits for two messages of 16 searches.
  expect(untilAdded).toBeLessThan(4000);
  expect(searches).toBeLessThan(MOST_SEARCHES);
});

describe('a graph of which most was removed', () => {
  const dim = 8;
  const data = clusteredVectors(6000, dim, 60);
  const add = (index: HnswIndex, from: number, to: number) =>
    index.add(data.slots.slice(from, to), data.vectors.slice(from * dim, to * dim));

  test('is built anew by itself, while searches, additions and removals go on', async () => {
    const index = await open({ dim });
    await add(index, 0, 5000);
    const isDone = { value: false };
    const search = async () => {
      for (let i = 0; !isDone.value; i++) {
        const row = 4500 + (i % 400);
        expect((await index.search(data.row(row), 1))[0]!.slot).toBe(row + 1);
      }
    };
    const searches = [search(), search()];
    await index.remove(data.slots.slice(0, 4200));
    expect(await index.state()).toMatchObject({ size: 800 });
    await add(index, 5000, 6000);
    await index.remove(data.slots.slice(4200, 4400));
    await add(index, 100, 150);
    await vi.waitFor(async () => expect((await index.state()).removed).toBeLessThan(300), {
      timeout: 10_000,
    });
    isDone.value = true;
    await Promise.all(searches);
    const rows = [...range(100, 150), ...range(4400, 6000)];
    expect(await index.slots()).toEqual(rows.map((row) => row + 1));
    for (const row of rows) expect((await index.search(data.row(row), 1))[0]!.slot).toBe(row + 1);
    expect(await index.search(data.row(0), 6000)).toHaveLength(rows.length);
  });

  test('never holds more than twice what can be found, and a thousand nodes', async () => {
    const index = await open({ dim });
    for (let round = 0; round < 12; round++) {
      await add(index, round * 500, round * 500 + 500);
      if (round > 0) await index.remove(data.slots.slice(round * 500 - 500, round * 500));
      await vi.waitFor(async () => {
        const { size, removed } = await index.state();
        expect(removed).toBeLessThanOrEqual(size + 1024);
      });
    }
  });
});

describe('the check of the recall', () => {
  const dim = 32;
  const data = clusteredVectors(2000, dim, 4, 2);

  test('finds nothing to complain of at the default settings, and nothing to check in an empty index', async () => {
    const index = await open({ dim });
    expect(await index.checkRecall(20, 10, 1)).toBeUndefined();
    await index.add(data.slots, data.vectors);
    expect(await index.checkRecall(20, 10, 1)).toEqual({ recall: expect.closeTo(1, 1), k: 10, queries: 20 });
  });

  test('sees that little is found at settings that are much too low', async () => {
    const index = await open({ dim, settings: { m: 5, efConstruction: 5, efSearch: 10 } });
    await index.add(data.slots, data.vectors);
    const check = await index.checkRecall(40, 10, 1);
    expect(check!.recall).toBeLessThan(0.95);
    expect(check!.recall).toBeGreaterThan(0.1);
  });

  test('sees the same by comparing with all as by comparing with the exact twin', async () => {
    const [index, exact] = [await open({ dim }), createExactIndex(dim)];
    await Promise.all(
      [index, exact].map((one) => one.add(data.slots.slice(0, 500), data.vectors.slice(0, 500 * dim))),
    );
    const slotsOf = (found: Neighbour[]) => found.map(({ slot }) => slot);
    for (const row of [600, 700, 800]) {
      const found = slotsOf(await index.searchExactly(data.row(row), 20));
      expect(found).toEqual(slotsOf(await exact.search(data.row(row), 20)));
    }
  });
});

test('answers searches while it is being filled', async () => {
  const dim = 64;
  const data = clusteredVectors(3000, dim);
  const index = await open({ dim });
  let isFilled = false;
  const filling = index.add(data.slots, data.vectors).then(() => {
    isFilled = true;
  });
  let answers = 0;
  while (!isFilled) {
    await index.search(data.row(0), 10);
    answers++;
  }
  await filling;
  expect(answers).toBeGreaterThan(20);
});

test('refuses a setting out of its range, naming the range', async () => {
  await expect(openHnswIndex({ dim: 4, settings: { m: 2 } })).rejects.toThrow(
    '`m` to be an integer from 5 to 64, got 2',
  );
});

describe('the file of an index', () => {
  const dim = 8;
  const data = clusteredVectors(200, dim);
  let folder: string;
  let file: { path: string; modelId: string };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sinter-hnsw-'));
    file = { path: join(folder, 'hnsw-a.bin'), modelId: 'a'.repeat(64) };
    const index = await open({ dim, file });
    await index.add(data.slots, data.vectors);
    await index.add([1000 as Slot], data.row(4));
    await index.remove(data.slots.slice(0, 3));
    await index.save();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const flipBit = async (path: string, position: number) => {
    const bytes = await readFile(path);
    bytes[position] ^= 1;
    await writeFile(path, bytes);
  };

  test('brings back all that was there, and what was removed stays removed', async () => {
    const index = await open({ dim, file });
    expect(index.problem).toBeUndefined();
    expect(index.size()).toBe(198);
    expect(await index.slots()).toEqual([...data.slots.slice(3), 1000]);
    expect((await index.search(data.row(4), 2)).map((n) => n.slot)).toEqual([5, 1000]);
    await index.add(data.slots.slice(0, 3), data.vectors.subarray(0, 3 * dim));
    expect((await index.search(data.row(0), 1))[0].slot).toBe(1);
  });

  test('leaves no temporary files, not even those of a writer that was killed', async () => {
    await writeFile(`${file.path}.tmp-1`, 'left');
    await (await open({ dim, file })).save();
    expect((await readdir(folder)).toSorted()).toEqual(['hnsw-a.bin', 'hnsw-a.head']);
  });

  test.each<[string, string, () => Promise<unknown>]>([
    ['is missing', 'missing', () => rm(file.path)],
    ['has lost its head', 'missing', () => rm(file.path.replace('.bin', '.head'))],
    ['was cut off', 'bytes instead of', () => truncate(file.path, 5000)],
    ['is empty', '0 bytes instead of', () => truncate(file.path, 0)],
    ['has a flipped bit', 'checksum', () => flipBit(file.path, 5000)],
    [
      'has a flipped bit in its head',
      'head is damaged',
      () => flipBit(file.path.replace('.bin', '.head'), 200),
    ],
    ['has an empty head', 'head is damaged', () => truncate(file.path.replace('.bin', '.head'), 0)],
    ['is of another model', 'another model', async () => (file = { ...file, modelId: 'b'.repeat(64) })],
  ])('is not used when it %s', async (_what, reason, spoil) => {
    await spoil();
    const index = await open({ dim, file });
    expect(index.problem).toContain(reason);
    expect(index.size()).toBe(0);
    await index.add(data.slots, data.vectors);
    await index.save();
    expect((await open({ dim, file })).size()).toBe(200);
  });

  test('is not used when it is of another version or was built with other settings', async () => {
    const head = file.path.replace('.bin', '.head');
    expect((await open({ dim, file, settings: { m: 8 } })).problem).toContain('built with m 16');
    await writeFile(head, (await readFile(head, 'utf8')).replace(/^sinter-hnsw 1 /, 'sinter-hnsw 9 '));
    expect((await open({ dim, file })).problem).toContain('version 9');
  });

  test('is not used when graph and head are of two different moments', async () => {
    const head = file.path.replace('.bin', '.head');
    await rename(head, `${head}.old`);
    const index = await open({ dim, file });
    await index.add(data.slots, data.vectors);
    await index.save();
    await rename(`${head}.old`, head);
    expect((await open({ dim, file })).problem).toMatch(/bytes instead of|checksum/);
  });
});
