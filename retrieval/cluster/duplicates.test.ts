import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import { openProducts, type Products } from '../matrix/open-products.ts';
import { nearDuplicates } from './duplicates.ts';
import { cosine, type UnitVectors } from './unit-vectors.ts';

let products: Products;

beforeAll(async () => {
  products = await openProducts({ threads: 1 });
});
afterAll(() => products.close());

/** Points on a circle at these angles in degrees. */
function onCircle(...angles: number[]): UnitVectors {
  const radians = angles.map((angle) => (angle * Math.PI) / 180);
  return { vectors: Float32Array.from(radians.flatMap((a) => [Math.cos(a), Math.sin(a)])), dim: 2 };
}

const cosineOf = (degrees: number) => Math.cos((degrees * Math.PI) / 180);

async function groupsOf(set: UnitVectors, threshold: number, cohesion?: number): Promise<number[][]> {
  const options = cohesion === undefined ? { threshold } : { threshold, cohesion };
  return (await nearDuplicates(set, options, products)).map(({ rows }) => rows);
}

test('vectors within the threshold are a group, others are in none', async () => {
  expect(await groupsOf(onCircle(0, 1, 90, 180, 181.5), cosineOf(2))).toEqual([
    [0, 1],
    [3, 4],
  ]);
});

test('a chain of small steps is cut where its ends would be too far apart', async () => {
  const chain = Array.from({ length: 40 }, (_, i) => i);
  const groups = await groupsOf(onCircle(...chain), cosineOf(1.01), cosineOf(3.01));
  expect(groups.length).toBeGreaterThanOrEqual(10);
  expect(new Set(groups.flat()).size).toBe(groups.flat().length);
  for (const rows of groups) expect(rows.length).toBeLessThanOrEqual(4);
});

test('with a cohesion as low as can be, the chain is one group', async () => {
  const chain = Array.from({ length: 40 }, (_, i) => i);
  expect(await groupsOf(onCircle(...chain), cosineOf(1.01), -1)).toEqual([chain]);
});

test('any two of a group are as alike as its cohesion says, and as the limit asks', async () => {
  const set = { vectors: clusteredVectors(300, 8, 40, 0.35).vectors, dim: 8 };
  const groups = await nearDuplicates(set, { threshold: 0.97, cohesion: 0.95 }, products);
  expect(groups.length).toBeGreaterThan(10);
  for (const { rows, cohesion } of groups) {
    const all = rows.flatMap((a) =>
      rows.filter((b) => b > a).map((b) => cosine(set.vectors, a, set.vectors, b, 8)),
    );
    expect(Math.min(...all)).toBeCloseTo(cohesion, 6);
    expect(cohesion).toBeGreaterThanOrEqual(0.95);
  }
});

test('a thousand copies are one group, beside which others still count', async () => {
  const set = onCircle(...Array.from({ length: 1000 }, () => 10), 11, 50);
  expect(await groupsOf(set, cosineOf(1.5))).toEqual([Array.from({ length: 1001 }, (_, i) => i)]);
});

test('limits out of range are refused', async () => {
  await expect(groupsOf(onCircle(1, 2), 1.5)).rejects.toThrow('Expected a threshold from 0 to 1, got 1.5.');
  await expect(groupsOf(onCircle(1, 2), 0.9, 0.95)).rejects.toThrow(
    'from -1 to the threshold, 0.9; got 0.95',
  );
});
