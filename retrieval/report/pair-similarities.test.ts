import { expect, test } from 'vitest';
import { toUnitLength } from '../cluster/unit-vectors.ts';
import { seededRandom } from '../random.ts';
import { histogram, pairSimilarities, similarityFigures } from './pair-similarities.ts';

/** Unit vectors of the plane by angle in degrees. */
const at = (...angles: number[]) =>
  Float32Array.from(angles.flatMap((a) => [Math.cos((a * Math.PI) / 180), Math.sin((a * Math.PI) / 180)]));
const images = (labels: string) => [...labels].map((label) => ({ path: label, label }));
const cos = (degrees: number) => Math.cos((degrees * Math.PI) / 180);
const expectNear = (values: Float64Array, wanted: number[]) => {
  expect(values).toHaveLength(wanted.length);
  wanted
    .sort((a, b) => a - b)
    .forEach((value, i) => {
      expect(values[i]).toBeCloseTo(value, 6);
    });
};

test('all against all, each pair counts once', () => {
  const sides = { images: images('aabb'), queries: [0, 1, 2, 3] };
  const { within, between } = pairSimilarities(sides, { dim: 2, vectors: at(0, 10, 90, 120) }, 1);
  expectNear(within, [cos(10), cos(30)]);
  expectNear(between, [cos(90), cos(120), cos(80), cos(110)]);
});

test('with references, only pairs of a query and a reference count', () => {
  const sides = { images: images('abab'), queries: [0, 1], references: [2, 3] };
  const { within, between } = pairSimilarities(sides, { dim: 2, vectors: at(0, 40, 10, 90) }, 1);
  expectNear(within, [cos(10), cos(50)]);
  expectNear(between, [cos(90), cos(30)]);
});

test('the figures are those of their definitions', () => {
  const figures = similarityFigures({
    within: Float64Array.of(0.2, 0.5, 0.6, 0.9),
    between: Float64Array.of(-0.4, 0.2, 0.55, 0.7, 0.95),
  });
  expect(figures?.compactness).toBeCloseTo(0.55, 10);
  expect(figures?.spread).toBeCloseTo(0.4, 10);
  expect(figures?.medianWithin).toBeCloseTo(0.55, 10);
  expect(figures?.overlap).toBeCloseTo(2 / 5, 10);
  // 0.2 beats 1 and ties with 1, 0.5 beats 2, 0.6 beats 3, 0.9 beats 4, of 5 each.
  expect(figures?.separation).toBeCloseTo(10.5 / 20, 10);
});

test('a single class, or no two images of one, have no figures', () => {
  const none = new Float64Array();
  expect(similarityFigures({ within: Float64Array.of(1), between: none })).toBeUndefined();
  expect(similarityFigures({ within: none, between: Float64Array.of(1) })).toBeUndefined();
});

test.each(['open', 'closed'])(
  'of more pairs than can be compared, those drawn tell the same (%s)',
  (protocol) => {
    const [count, dim] = [900, 8];
    const random = seededRandom(3);
    const labels = Array.from({ length: count }, () => Math.floor(20 * random.uniform() ** 2));
    const centres = labels.map(() => Array.from({ length: dim }, random.normal));
    const rows = labels.flatMap((label) => centres[label].map((value) => value + random.normal()));
    const vectors = Float32Array.from(rows);
    for (let row = 0; row < vectors.length / dim; row++) toUnitLength(vectors, row, dim);
    const all = [...labels.keys()];
    const sides = {
      images: labels.map((label) => ({ path: '', label: String(label) })),
      ...(protocol === 'open'
        ? { queries: all }
        : { queries: all.slice(0, 450), references: all.slice(450) }),
    };
    const drawn = pairSimilarities(sides, { dim, vectors }, 1);
    const exact = exactMeans(sides, vectors, dim);
    const figures = similarityFigures(drawn);
    expect(figures?.compactness).toBeCloseTo(exact.within, 2);
    expect(figures?.spread).toBeCloseTo(exact.between, 2);
    expect(pairSimilarities(sides, { dim, vectors }, 1)).toEqual(drawn);
    expect(pairSimilarities(sides, { dim, vectors }, 2)).not.toEqual(drawn);
  },
);

/** Means over all ordered pairs, written out. */
function exactMeans(
  sides: { images: { label: string }[]; queries: number[]; references?: number[] },
  vectors: Float32Array,
  dim: number,
) {
  const sums = { within: 0, between: 0 };
  const counts = { within: 0, between: 0 };
  for (const i of sides.queries)
    for (const j of sides.references ?? sides.queries) {
      if (i === j) continue;
      const kind = sides.images[i].label === sides.images[j].label ? 'within' : 'between';
      for (let d = 0; d < dim; d++) sums[kind] += vectors[i * dim + d] * vectors[j * dim + d];
      counts[kind]++;
    }
  return { within: sums.within / counts.within, between: sums.between / counts.between };
}

test('a histogram gives shares that add up to one, with what lies outside in its ends', () => {
  expect(histogram(Float64Array.of(-2, 0.1, 0.5, 1), 0, 1, 2)).toEqual([0.5, 0.5]);
  expect(histogram(new Float64Array(), 0, 1, 2)).toEqual([0, 0]);
});
