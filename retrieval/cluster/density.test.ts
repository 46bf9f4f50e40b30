import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import { openProducts, type Products } from '../matrix/open-products.ts';
import { seededRandom, shuffled } from '../random.ts';
import { type DensityOptions, densityClusters } from './density.ts';
import { takeRows, type UnitVectors } from './unit-vectors.ts';

type Case = {
  dim: number;
  vectors: string;
  answers: { options: Required<DensityOptions>; labels: number[]; probabilities: number[] }[];
};

const REFERENCE = new URL('../../test/references/clusters/density.json', import.meta.url);
const { by, cases } = JSON.parse(readFileSync(REFERENCE, 'utf8')) as { by: string; cases: Case[] };

let products: Products;

beforeAll(async () => {
  products = await openProducts({ threads: 2 });
});
afterAll(() => products.close());

/** Vectors of three dimensions, many of which share a core distance: there are many spanning trees. */
const tied = vectorsOf(cases[0]);

const compared = cases.flatMap((one, number) => one.answers.map((answer) => ({ number, ...one, ...answer })));

test.each(compared)(
  `set $number with $options is clustered as by ${by}`,
  async ({ dim, vectors, ...their }) => {
    const bytes = Buffer.from(vectors, 'base64');
    const set = { vectors: new Float32Array(Uint8Array.from(bytes).buffer), dim };
    const ours = await densityClusters(set, their.options, products);
    expect(asPartition(ours.clusters)).toEqual(asPartition(their.labels));
    ours.confidences.forEach((confidence, i) => {
      expect(confidence).toBeCloseTo(their.probabilities[i], 4);
    });
  },
);

test.each([1, 2, 3, 4, 5])(
  'the order of the vectors does not matter, whichever spanning tree it gives (%i)',
  async (seed) => {
    const count = tied.vectors.length / tied.dim;
    const order = shuffled([...Array(count).keys()], seededRandom(seed));
    const options = { minClusterSize: 5, minSamples: 5 };
    const { clusters } = await densityClusters(tied, options, products);
    const again = await densityClusters({ vectors: takeRows(tied, order), dim: tied.dim }, options, products);
    const back = new Int32Array(count);
    order.forEach((row, i) => {
      back[row] = again.clusters[i];
    });
    expect(asPartition(back)).toEqual(asPartition(clusters));
    expect(new Set(clusters).size).toBe(6);
  },
);

test('clusters are numbered by falling size', async () => {
  const { vectors } = clusteredVectors(300, 8, 5, 0.3);
  const set = { vectors: vectors.slice(0, 8 * 273), dim: 8 };
  const { clusters } = await densityClusters(set, { minClusterSize: 10 }, products);
  const sizes = sizesOf(clusters);
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
  expect(sizes.reduce((sum, size) => sum + size)).toBe(273);
});

test('equal vectors are one cluster, and as dense as can be', async () => {
  const { vectors } = clusteredVectors(60, 8, 60, 0.3);
  const set = { vectors: Float32Array.from(vectors, (_, at) => vectors[at < 80 ? at % 8 : at]), dim: 8 };
  const { clusters, confidences } = await densityClusters(set, {}, products);
  expect(new Set(clusters.slice(0, 10)).size).toBe(1);
  expect(clusters[0]).toBeGreaterThanOrEqual(0);
  for (let i = 0; i < 10; i++) expect(confidences[i]).toBe(1);
});

test.each([0, 1, 4])('%i vectors are too few for a cluster of five', async (count) => {
  const { vectors } = clusteredVectors(5, 8);
  const found = await densityClusters({ vectors: vectors.slice(0, 8 * count), dim: 8 }, {}, products);
  expect([...found.clusters]).toEqual(Array.from({ length: count }, () => -1));
  expect(found.extents).toEqual([]);
});

test('options out of range are refused by name', async () => {
  const set = { vectors: new Float32Array(8), dim: 8 };
  const refused = densityClusters(set, { minClusterSize: 1 }, products);
  await expect(refused).rejects.toThrow('Expected minClusterSize to be a whole number of at least 2, got 1.');
  await expect(densityClusters(set, { minSamples: 0.5 }, products)).rejects.toMatchObject({
    code: 'bad-input',
  });
});

function vectorsOf({ vectors, dim }: Case): UnitVectors {
  return { vectors: new Float32Array(Uint8Array.from(Buffer.from(vectors, 'base64')).buffer), dim };
}

/** Each vector's cluster as the first vector in it, so that numbering does not count; −1 for noise. */
function asPartition(clusters: ArrayLike<number>): number[] {
  const labels = Array.from(clusters);
  return labels.map((label) => (label < 0 ? -1 : labels.indexOf(label)));
}

function sizesOf(clusters: Int32Array): number[] {
  const sizes: number[] = [];
  for (const cluster of clusters) if (cluster >= 0) sizes[cluster] = (sizes[cluster] ?? 0) + 1;
  return sizes;
}
