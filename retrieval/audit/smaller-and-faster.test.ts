/** What an audit says of clusters, of the index and of smaller embeddings. */
import { expect, test } from 'vitest';
import type { Progress } from '../progress.ts';
import { ablate } from './ablate.ts';
import { judgeClusters } from './judge-clusters.ts';
import { judgeIndex } from './judge-index.ts';
import { openSides } from './sides.test-helper.ts';

const SHAPE = { classes: 12, perClass: 20, dim: 32 };

test('classes that lie apart are found as clusters, those that mix are not', async () => {
  const apart = await judgeClusters(openSides({ ...SHAPE, noise: 0.1 }));
  expect(apart).toMatchObject({ clusters: 12, restarts: 10 });
  for (const { value, low } of Object.values(apart.figures)) {
    expect(value).toBeCloseTo(1, 10);
    expect(low).toBeCloseTo(1, 10);
  }
  const mixed = await judgeClusters(openSides({ ...SHAPE, noise: 4 }));
  expect(Object.keys(mixed.figures)).toEqual(['nmi', 'nmi-arithmetic', 'ami', 'pairwise-f1']);
  const { ami, nmi } = mixed.figures;
  expect(ami?.high).toBeLessThan(0.4);
  expect(ami?.high).toBeLessThan(nmi?.low as number);
  for (const { value, low, high } of Object.values(mixed.figures)) {
    expect(low).toBeLessThan(value);
    expect(high).toBeGreaterThan(value);
  }
});

test('an index that weighs more candidates finds more of the true neighbours', async () => {
  const steps: Progress[] = [];
  const sides = openSides({ classes: 500, perClass: 6, dim: 32, noise: 2 });
  const judged = await judgeIndex(sides, 1, { onProgress: (step) => steps.push(step) });
  expect(judged).toMatchObject({ k: 10, queries: 2000, vectors: 3000 });
  const recalls = judged.rows.map(({ recall }) => recall);
  expect(judged.rows.map(({ efSearch }) => efSearch)).toEqual([25, 50, 100, 200, 400]);
  expect(recalls[0]).toBeLessThan(recalls[4] as number);
  expect(recalls[4]).toBeGreaterThan(0.98);
  expect(steps.map(({ stage }) => stage)).toContain('building the index');
});

test('principal dimensions lose less than the first ones, int8 next to nothing, and a bit each the most of either', async () => {
  const sides = openSides({ ...SHAPE, classes: 30, noise: 0.9 });
  const ablations = await ablate(sides);
  const by = Object.fromEntries(ablations.map((ablation) => [ablation.name, ablation]));
  expect(ablations.map(({ name, bytes }) => [name, bytes])).toEqual([
    ['first 16 of 32 dimensions', 64],
    ['first 8 of 32 dimensions', 32],
    ['16 principal of 32 dimensions', 64],
    ['8 principal of 32 dimensions', 32],
    ['int8', 32],
    ['signs, a bit each', 4],
  ]);
  const recall = (name: string) => by[name]?.recallAt1 as number;
  expect(recall('8 principal of 32 dimensions')).toBeGreaterThan(recall('first 8 of 32 dimensions'));
  expect(by['first 8 of 32 dimensions']?.difference.verdict).toBe('worse');
  expect(Math.abs(by.int8?.difference.value as number)).toBeLessThan(0.02);
  expect(recall('signs, a bit each')).toBeLessThan(recall('int8'));
});

test('embeddings of few numbers are not cut down further', async () => {
  const ablations = await ablate(openSides({ classes: 4, perClass: 4, dim: 8, noise: 0.5 }));
  expect(ablations.map(({ name }) => name)).toEqual(['int8', 'signs, a bit each']);
});
