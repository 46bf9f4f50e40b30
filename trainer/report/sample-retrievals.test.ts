import { expect, test } from 'vitest';
import { nearestNeighbours } from '../../retrieval/metrics/nearest-neighbours.ts';
import { seededRandom } from '../../retrieval/random.ts';
import type { Judged } from './run-report.ts';
import { sampleRetrievals } from './sample-retrievals.ts';

/** Images on the unit circle, by label and angle in degrees. */
function judgedAt(places: [label: string, degrees: number][], references?: number[]): Judged {
  const vectors = Float32Array.from(
    places.flatMap(([, a]) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]),
  );
  const queries = [...places.keys()].filter((i) => !references?.includes(i));
  const images = places.map(([label, degrees]) => ({ path: `${degrees}`, label }));
  return { protocol: 'open', images, queries, ...(references && { references }), dim: 2, vectors };
}

async function sampled(judged: Judged) {
  const rows = (numbers: readonly number[]) =>
    Float32Array.from(numbers.flatMap((i) => [judged.vectors[2 * i], judged.vectors[2 * i + 1]]));
  const sets = {
    queries: rows(judged.queries),
    dim: 2,
    ...(judged.references && { references: rows(judged.references) }),
  };
  return sampleRetrievals(judged, await nearestNeighbours(sets, 6), seededRandom(1));
}

test('misses come by how late their own class does, one a class first', async () => {
  const { hits, misses } = await sampled(
    judgedAt([
      ['a', 0],
      ['b', 1],
      ['b', 20],
      ['c', 21],
      ['c', 60],
      ['a', 90],
    ]),
  );
  expect(hits).toEqual([]);
  expect(misses.map(({ query, firstHit }) => [query, firstHit])).toEqual([
    [0, 5],
    [3, 4],
    [1, 2],
    [5, 5],
    [2, 2],
    [4, 2],
  ]);
});

test('a query whose class is not there cannot be missed, and neighbours are positions of images', async () => {
  const { hits, misses } = await sampled(
    judgedAt(
      [
        ['a', 0],
        ['z', 50],
        ['a', 40],
        ['b', 45],
        ['a', 2],
      ],
      [2, 3, 4],
    ),
  );
  expect(misses).toEqual([]);
  expect(hits.map(({ query, firstHit }) => [query, firstHit])).toEqual([[0, 1]]);
  expect(hits[0].neighbours.map(({ image, isHit }) => [image, isHit])).toEqual([
    [4, true],
    [2, true],
    [3, false],
  ]);
  expect(hits[0].neighbours[0].similarity).toBeCloseTo(Math.cos((2 * Math.PI) / 180), 6);
});
