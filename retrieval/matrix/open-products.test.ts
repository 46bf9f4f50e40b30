import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import { seededRandom } from '../random.ts';
import { openProducts, type Products, type VectorSets } from './open-products.ts';

let products: Products;

beforeAll(async () => {
  products = await openProducts({ threads: 2 });
});
afterAll(() => products.close());

/** The definition written out in double precision: sort everything, look at the first k. */
function naive({ queries, references, dim }: VectorSets, k: number): number[] {
  const others = references ?? queries;
  const indices = Array.from({ length: others.length / dim }, (_, i) => i);
  return Array.from({ length: queries.length / dim }, (_, query) => {
    const similarities = indices.map((i) => dot(queries, query, others, i, dim));
    return indices
      .filter((i) => references !== undefined || i !== query)
      .sort((a, b) => (similarities[b] as number) - (similarities[a] as number) || a - b)
      .slice(0, k);
  }).flat();
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, dim: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += (a[i * dim + d] as number) * (b[j * dim + d] as number);
  return sum;
}

async function found(sets: VectorSets, k: number): Promise<number[]> {
  const indices: number[] = [];
  for await (const block of products.neighbours(sets, k)) {
    expect(block.from * block.k).toBe(indices.length);
    expect(block.indices.length).toBe(block.count * block.k);
    indices.push(...block.indices);
  }
  return indices;
}

test.each([
  [1, 2, 1],
  [40, 3, 39],
  [1100, 16, 20],
])(
  'among %i vectors of %i dimensions the %i nearest are those of double precision',
  async (count, dim, k) => {
    const { vectors } = clusteredVectors(count, dim, 9);
    expect(await found({ queries: vectors, dim }, k)).toEqual(naive({ queries: vectors, dim }, k));
  },
);

test('queries among references, of which there are fewer than asked for', async () => {
  const { vectors } = clusteredVectors(1100, 8);
  const sets = { queries: vectors.slice(0, 1050 * 8), references: vectors.slice(1050 * 8), dim: 8 };
  expect(await found(sets, 1000)).toEqual(naive(sets, 50));
});

test('references that are other vectors of the same images are no neighbours of their own image', async () => {
  const queries = Float32Array.from([1, 0, 0, 1]);
  const references = Float32Array.from([1, 0, 0.6, 0.8]);
  expect(await found({ queries, references, dim: 2, leaveOutItself: true }, 2)).toEqual([1, 0]);
});

test('what single precision cannot tell apart comes in the order of double precision, equals by index', async () => {
  const dim = 12;
  const random = seededRandom(3);
  const { vectors } = clusteredVectors(12, dim, 12);
  const queries = Float32Array.from({ length: 600 * dim }, (_, at) => {
    const value = vectors[((Math.floor(at / dim) % 12) * dim + (at % dim)) as number] as number;
    // Some are copies, others lie within the last bits of single precision.
    return at % (3 * dim) < dim ? value : value * (1 + (random.uniform() - 0.5) * 2 ** -22);
  });
  expect(await found({ queries, dim }, 30)).toEqual(naive({ queries, dim }, 30));
});

test('each vector gets the centroid with the largest product, the first of equal ones', async () => {
  const dim = 6;
  const { vectors } = clusteredVectors(2500, dim, 7);
  const { vectors: some } = clusteredVectors(7, dim, 7);
  const centroids = Float32Array.from([...some, ...some]);
  const { indices, similarities } = await products.assign(vectors, centroids, dim);
  expect([...indices]).toEqual(naive({ queries: vectors, references: some, dim }, 1));
  indices.forEach((index, i) => {
    expect(similarities[i]).toBeCloseTo(dot(vectors, i, centroids, index, dim), 5);
  });
});

test('outsiders are the nearest of other groups, and none where all are of the own', async () => {
  const dim = 5;
  const { vectors } = clusteredVectors(1500, dim, 6);
  const groups = Int32Array.from({ length: 1500 }, (_, i) => (i < 3 ? 9 : i % 3));
  const nearest = await outsiders(vectors, dim, groups, 2);
  const expected = naive({ queries: vectors, references: vectors, dim }, 1500);
  for (let i = 0; i < 1500; i += 7) {
    const others = expected.slice(i * 1500, (i + 1) * 1500).filter((other) => groups[other] !== groups[i]);
    expect(nearest.slice(2 * i, 2 * i + 2)).toEqual(others.slice(0, 2));
  }
  expect(await outsiders(vectors, dim, groups.fill(1), 1)).toEqual(Array.from({ length: 1500 }, () => -1));
});

async function outsiders(
  vectors: Float32Array,
  dim: number,
  groups: Int32Array,
  k: number,
): Promise<number[]> {
  const found: number[] = [];
  const sets = { queries: vectors, references: vectors, dim };
  for await (const block of products.outsiders(sets, { queries: groups, references: groups }, k))
    found.push(...block.indices);
  return found;
}

test('progress counts the queries, and an aborted comparison stops', async () => {
  const dim = 4;
  const { vectors: queries } = clusteredVectors(3000, dim);
  const done: number[] = [];
  const onProgress = (step: { done: number }) => done.push(step.done);
  for await (const _ of products.neighbours({ queries, dim }, 5, { onProgress }));
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(done.at(-1)).toBe(3000);
  const controller = new AbortController();
  const stopped = async () => {
    for await (const _ of products.neighbours({ queries, dim }, 5, controller)) controller.abort();
  };
  await expect(stopped()).rejects.toMatchObject({ code: 'interrupted' });
  // The threads are as good as before.
  expect(await found({ queries: queries.slice(0, 40), dim }, 2)).toHaveLength(20);
});

test('comparisons at the same time do not disturb each other', async () => {
  const [a, b] = [clusteredVectors(400, 4, 5, 0.7, 1).vectors, clusteredVectors(300, 3, 5, 0.7, 2).vectors];
  const both = await Promise.all([found({ queries: a, dim: 4 }, 3), found({ queries: b, dim: 3 }, 2)]);
  expect(both).toEqual([naive({ queries: a, dim: 4 }, 3), naive({ queries: b, dim: 3 }, 2)]);
});

test('numbers that are no whole rows are refused', async () => {
  await expect(found({ queries: new Float32Array(7), dim: 2 }, 1)).rejects.toMatchObject({
    code: 'bad-input',
    message: expect.stringContaining('rows of 2 numbers; got 7'),
  });
});
