/** The contract of `VectorIndex`, run for every implementation. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clusteredVectors } from './clustered-vectors.test-helper.ts';
import { createExactIndex } from './exact.ts';
import { openHnswIndex } from './hnsw.ts';
import type { Slot, VectorIndex } from './vector-index.ts';

const DIM = 8;
const data = clusteredVectors(400, DIM, 10);
const first = (count: number) => [data.slots.slice(0, count), data.vectors.subarray(0, count * DIM)] as const;
const s = (...slots: number[]) => slots as Slot[];

describe.each([
  ['exact', async () => createExactIndex(DIM)],
  ['hnsw', () => openHnswIndex({ dim: DIM })],
] satisfies [string, () => Promise<VectorIndex>][])('the %s index', (_name, open) => {
  let index: VectorIndex;
  beforeEach(async () => {
    index = await open();
  });
  afterEach(() => index.close());

  const found = async (query: Float32Array, k: number) => (await index.search(query, k)).map((n) => n.slot);

  test('is empty at first and finds nothing', async () => {
    expect(index.size()).toBe(0);
    expect(await index.slots()).toEqual([]);
    expect(await index.search(data.row(0), 5)).toEqual([]);
  });

  test('finds a vector itself first, with similarity 1', async () => {
    await index.add(...first(300));
    const [best] = await index.search(data.row(123), 1);
    expect(best!.slot).toBe(124);
    expect(best!.similarity).toBeCloseTo(1, 5);
    expect(best!.similarity).toBeLessThanOrEqual(1);
  });

  test('orders neighbours from most to least similar, by cosine', async () => {
    await index.add(...first(300));
    const query = data.row(350);
    const neighbours = await index.search(query, 20);
    const cosines = neighbours.map(({ slot }) =>
      data.row(slot - 1).reduce((sum, v, i) => sum + v * query[i], 0),
    );
    expect(cosines).toEqual(cosines.toSorted((a, b) => b - a));
    neighbours.forEach(({ similarity }, i) => {
      expect(similarity).toBeCloseTo(cosines[i], 5);
    });
  });

  test('gives all it has when k is larger', async () => {
    await index.add(...first(300));
    expect(await index.search(data.row(0), 10_000)).toHaveLength(300);
  });

  test('takes vectors in any order and lists its slots ascending', async () => {
    await index.add(s(30, 10, 20), data.vectors.subarray(0, 3 * DIM));
    expect(await index.slots()).toEqual([10, 20, 30]);
    expect(await found(data.row(1), 1)).toEqual([10]);
  });

  test('breaks ties by lower slot, also among more equal vectors than are asked for', async () => {
    await index.add(...first(100));
    const equal = Float32Array.from({ length: 50 * DIM }, (_, i) => data.row(200)[i % DIM]);
    await index.add(s(...Array.from({ length: 50 }, (_, i) => 1050 - i)), equal);
    expect(await found(data.row(200), 3)).toEqual([1001, 1002, 1003]);
    expect(await index.search(data.row(200), 1000)).toHaveLength(150);
  });

  test('no longer finds what was removed, and ignores what is not there', async () => {
    await index.add(...first(300));
    await index.remove(s(124, 7, 5000));
    expect(index.size()).toBe(298);
    expect(await found(data.row(123), 400)).toHaveLength(298);
    expect(await found(data.row(123), 400)).not.toContain(124);
    expect(await index.slots()).not.toContain(7);
  });

  test('finds an equal vector after its twin was removed', async () => {
    await index.add(s(1, 2), Float32Array.from([...data.row(0), ...data.row(0)]));
    await index.remove(s(1));
    expect(await found(data.row(0), 5)).toEqual([2]);
    await index.remove(s(2));
    expect(await found(data.row(0), 5)).toEqual([]);
  });

  test('replaces a slot: found by its new vector, not by its old', async () => {
    await index.add(...first(300));
    await index.add(s(124), data.row(350));
    expect(index.size()).toBe(300);
    expect(await found(data.row(350), 1)).toEqual([124]);
    expect((await index.search(data.row(123), 300)).find((n) => n.slot === 124)!.similarity).toBeLessThan(
      0.99,
    );
  });

  test('takes a slot again after it was removed', async () => {
    await index.add(...first(10));
    await index.remove(s(3));
    await index.add(s(3), data.row(2));
    expect(await found(data.row(2), 1)).toEqual([3]);
    expect(index.size()).toBe(10);
  });

  test('is empty again after all was removed, and can be filled again', async () => {
    await index.add(...first(50));
    await index.remove(s(...data.slots.slice(0, 50)));
    expect(await index.search(data.row(0), 5)).toEqual([]);
    await index.add(...first(50));
    expect(await found(data.row(9), 1)).toEqual([10]);
  });

  test('finds only the slots that it is told to, as many of them as are there', async () => {
    await index.add(...first(300));
    await index.remove(s(10));
    const among = async (...only: number[]) =>
      (await index.search(data.row(123), 400, Float64Array.from(only))).map((n) => n.slot);
    expect(await among()).toEqual([]);
    expect((await among(5, 10, 124, 299, 5000)).toSorted((a, b) => a - b)).toEqual([5, 124, 299]);
    expect((await among(5, 10, 124, 299, 5000))[0]).toBe(124);
    const even = Array.from({ length: 200 }, (_, i) => 2 * i + 2);
    expect(await among(...even)).toHaveLength(149);
    const nearest = (await found(data.row(123), 400)).filter((slot) => slot % 2 === 0);
    expect(await among(...even)).toEqual(nearest);
  });

  test('finds an equal vector through the slot that is let through alone', async () => {
    await index.add(s(1, 2, 3), Float32Array.from([0, 0, 1].flatMap((row) => [...data.row(row)])));
    const found = await index.search(data.row(0), 5, Float64Array.of(2, 3));
    expect(found.map((n) => n.slot)).toEqual([2, 3]);
  });

  test('refuses vectors of another length, saying both', async () => {
    await expect(index.add(s(1, 2), data.row(0))).rejects.toThrow('2 vectors of length 8');
    await expect(index.search(new Float32Array(7), 1)).rejects.toThrow('length 8, got 7');
  });

  test('answers nothing once it is closed', async () => {
    await index.close();
    await expect(index.search(data.row(0), 1)).rejects.toThrow('closed');
  });
});
