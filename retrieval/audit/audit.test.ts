import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDataSet } from '../dataset/read-data-set.ts';
import { colourPng, writeTinyBundle } from '../model/bundle.test-helper.ts';
import type { Model } from '../model/model.ts';
import { openModel } from '../model/open-model.ts';
import type { Progress } from '../progress.ts';
import { audit } from './audit.ts';
import { type AuditedImages, embedSides } from './embed-sides.ts';
import { worstQueries } from './worst-queries.ts';

let root: string;
let model: Model;

/** What the tiny model tells apart is colour: three reds and two greens, and one blue that looks like a green. */
const COLOURS: Record<string, [number, number, number]> = {
  'red/1.png': [250, 10, 10],
  'red/2.png': [240, 20, 10],
  'red/3.png': [230, 10, 20],
  'green/1.png': [10, 250, 10],
  'green/2.png': [20, 240, 10],
  'blue/1.png': [12, 248, 12],
};

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sinter-audit-'));
  for (const [name, colour] of Object.entries(COLOURS)) write(name, await colourPng(...colour));
  write('green/broken.png', Buffer.from('not an image'));
  await writeTinyBundle(join(root, '.model'));
  model = await openModel(join(root, '.model'), { workers: 1 });
});
afterAll(async () => {
  await model.close();
  rmSync(root, { recursive: true });
});

function write(name: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), bytes);
}

function embedded(set: AuditedImages, onProgress?: (step: Progress) => void) {
  return embedSides(model, model.card.dim, set, onProgress ? { onProgress } : {});
}

test('open: all images against each other, undecodable ones listed with the reason', async () => {
  const { images } = await readDataSet(root);
  const steps: Progress[] = [];
  const onProgress = (step: Progress) => steps.push(step);
  const { report } = await audit(await embedded({ images }, onProgress), { ks: [1, 2] }, { onProgress });
  expect(report).toMatchObject({
    protocol: 'open',
    queries: 6,
    references: 6,
    classes: 3,
    queriesWithoutMatch: 1,
  });
  expect(report.recall).toEqual({ 1: 3 / 6, 2: 5 / 6 });
  expect(report.precision[2]).toBeCloseTo((3 * 1 + 2 * 0.5) / 6, 10);
  expect(report.skipped).toEqual([
    { path: join(root, 'green/broken.png'), reason: expect.stringContaining('no known image format') },
  ]);
  expect(new Set(steps.map((step) => step.stage))).toEqual(new Set(['embedding', 'comparing', 'resampling']));
});

test('every figure has its interval, and those of whole classes leave out what nothing can match', async () => {
  const { images } = await readDataSet(root);
  const { report } = await audit(await embedded({ images }), { ks: [1, 2] });
  expect(Object.keys(report.figures)).toEqual([
    'recall@1',
    'recall@2',
    'precision@1',
    'precision@2',
    'r-precision',
    'map@r',
  ]);
  for (const { value, low, high } of Object.values(report.figures)) {
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
  }
  expect(report.figures['recall@1']?.value).toBe(3 / 6);
  // Three reds find both others; a green finds the blue first, and its R is 1.
  expect(report.figures['r-precision']?.value).toBeCloseTo(3 / 5, 10);
});

test('classes come from the worst up, with what they are taken for', async () => {
  const { images } = await readDataSet(root);
  const { report } = await audit(await embedded({ images }), { ks: [1] });
  expect(report.perClass).toEqual([
    { label: 'blue', queries: 1, recallAt1: 0, takenFor: { label: 'green', times: 1 } },
    {
      label: 'green',
      queries: 2,
      recallAt1: 0,
      rPrecision: 0,
      mapAtR: 0,
      takenFor: { label: 'blue', times: 2 },
    },
    { label: 'red', queries: 3, recallAt1: 1, rPrecision: 1, mapAtR: 1 },
  ]);
});

test('the worst queries are those whose class comes latest; what nothing can match is not their fault', async () => {
  const { images } = await readDataSet(root);
  const worst = worstQueries(await audit(await embedded({ images }), { ks: [1, 2] }), 5);
  expect(worst.map(({ id, firstMatch }) => [id, firstMatch]).sort()).toEqual([
    ['green/1.png', 2],
    ['green/2.png', 2],
  ]);
  expect(worst[0]?.neighbours.map(({ label, isHit }) => [label, isHit]).slice(0, 2)).toEqual([
    ['blue', false],
    ['green', true],
  ]);
});

test('closed: queries are searched among the references alone', async () => {
  const { images } = await readDataSet(root);
  const named = (pattern: RegExp) => images.filter((image) => pattern.test(image.id));
  const queries = named(/(red|green)\/1/);
  const references = named(/(red|green)\/[23]|blue/);
  const { report } = await audit(await embedded({ queries, references }), { ks: [1, 2] });
  expect(report).toMatchObject({ protocol: 'closed', queries: 2, references: 4, recall: { 1: 0.5, 2: 1 } });
});

test('a set of which nothing can be decoded is an error that shows why', async () => {
  const { images } = await readDataSet(root);
  const broken = images.filter((image) => image.id.includes('broken'));
  await expect(embedded({ images: broken })).rejects.toMatchObject({
    code: 'bad-data',
    message: expect.stringMatching(/none of 1 can be decoded .*broken\.png/),
  });
  await expect(embedded({ images: [] })).rejects.toThrow('got none');
});

test('an aborted audit stops', async () => {
  const { images } = await readDataSet(root);
  const signal = AbortSignal.abort();
  await expect(embedSides(model, 4, { images }, { signal })).rejects.toMatchObject({ code: 'interrupted' });
  await expect(audit(await embedded({ images }), { ks: [1] }, { signal })).rejects.toMatchObject({
    code: 'interrupted',
  });
});
