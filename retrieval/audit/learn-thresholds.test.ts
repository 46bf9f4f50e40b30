import { expect, test } from 'vitest';
import { labelledVectors } from './embed-sides.ts';
import { rankPairs, thresholdAt } from './learn-thresholds.ts';
import { openSides } from './sides.test-helper.ts';

const pairs = (...rows: [similarity: number, isRight: number][]) => ({
  similarities: Float32Array.from(rows, ([similarity]) => similarity),
  isRight: Uint8Array.from(rows, ([, isRight]) => isRight),
});

test('the threshold is the lowest similarity from which on few enough are wrong', () => {
  const ranked = pairs([0.9, 1], [0.8, 1], [0.7, 0], [0.6, 1], [0.5, 1], [0.4, 0], [0.3, 0]);
  expect(thresholdAt(ranked, 0)).toEqual({ similarity: Math.fround(0.8), falseMatchRate: 0, found: 0.5 });
  expect(thresholdAt(ranked, 0.2)).toMatchObject({ similarity: 0.5, found: 1 });
  expect(thresholdAt(ranked, 1)).toMatchObject({ similarity: Math.fround(0.3), found: 1 });
});

test('neighbours that are equally similar pass together or not at all', () => {
  expect(thresholdAt(pairs([0.9, 1], [0.5, 1], [0.5, 0], [0.5, 0]), 0.4).similarity).toBe(Math.fround(0.9));
});

test('where the most similar neighbours are wrong there is no threshold', () => {
  expect(thresholdAt(pairs([0.9, 0], [0.8, 1]), 0.1)).toEqual({
    similarity: null,
    falseMatchRate: 0,
    found: 0,
  });
});

test('of classes that lie apart all is found with next to nothing wrong, of mixed ones little', async () => {
  const at = async (noise: number) => {
    const {
      queries: vectors,
      queryLabels,
      dim,
    } = labelledVectors(openSides({ classes: 8, perClass: 30, dim: 16, noise }));
    return thresholdAt(await rankPairs({ vectors, dim, labels: queryLabels as string[] }), 0.01);
  };
  const [apart, mixed] = [await at(0.1), await at(1.5)];
  expect(apart.found).toBe(1);
  expect(apart.falseMatchRate).toBe(0);
  expect(mixed.found).toBeLessThan(0.5);
  expect(mixed.falseMatchRate).toBeLessThanOrEqual(0.01);
});

test('items of a single label say nothing', async () => {
  const one = rankPairs({ vectors: Float32Array.of(1, 0, 0, 1), dim: 2, labels: ['a', 'a'] });
  await expect(one).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringContaining('two labels'),
  });
});
