import { expect, test } from 'vitest';
import { toUnitLength } from '../cluster/unit-vectors.ts';
import { seededRandom } from '../random.ts';
import { umap } from './umap.ts';

const DIM = 16;
const CLASSES = 6;
const PER_CLASS = 20;

/** Unit vectors about CLASSES directions: row i belongs to class i modulo CLASSES. */
function clusters(noise: number): Float32Array {
  const random = seededRandom(7);
  const centres = Array.from({ length: CLASSES }, () => Array.from({ length: DIM }, random.normal));
  const rows = Array.from({ length: CLASSES * PER_CLASS }, (_, i) =>
    centres[i % CLASSES].map((value) => value + noise * random.normal()),
  );
  const vectors = Float32Array.from(rows.flat());
  for (let row = 0; row < rows.length; row++) toUnitLength(vectors, row, DIM);
  return vectors;
}

/** Share of the points whose nearest other is of their class. */
function purity(points: Float64Array): number {
  const count = points.length / 2;
  const distance = (i: number, j: number) =>
    Math.hypot(points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]);
  const nearest = (i: number) =>
    [...Array(count).keys()].filter((j) => j !== i).sort((j, k) => distance(i, j) - distance(i, k))[0];
  const pure = [...Array(count).keys()].filter((i) => nearest(i) % CLASSES === i % CLASSES);
  return pure.length / count;
}

test('what is near stays near: classes that are apart come out as groups', async () => {
  const points = await umap({ vectors: clusters(0.3), dim: DIM }, 1);
  expect(points).toHaveLength(2 * CLASSES * PER_CLASS);
  expect(purity(points)).toBe(1);
});

test('the same seed gives the same points, another seed others', async () => {
  const embeddings = { vectors: clusters(0.5), dim: DIM };
  const points = await umap(embeddings, 1);
  expect(await umap(embeddings, 1)).toEqual(points);
  expect(await umap(embeddings, 2)).not.toEqual(points);
});

test('equal vectors and very few of them still find their places', async () => {
  const vectors = Float32Array.from({ length: 8 * DIM }, (_, i) => Number(i % DIM === 0));
  const points = await umap({ vectors, dim: DIM }, 1);
  expect(points.every(Number.isFinite)).toBe(true);
});

test('it stops when it is told to', async () => {
  const stopped = umap({ vectors: clusters(0.5), dim: DIM }, 1, { signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: 'interrupted' });
});
