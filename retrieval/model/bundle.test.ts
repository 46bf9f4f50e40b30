import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { colourPng, graphPath, tinyBundle, writeTinyBundle } from './bundle.test-helper.ts';
import type { ModelCard } from './bundle-format.ts';
import { openModel } from './open-model.ts';
import { writeBundle } from './write-bundle.ts';

const ONE = { workers: 1 };
let root: string;
let template: string;
let card: ModelCard;

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'sinter-model-'));
  card = await writeTinyBundle(template);
});
afterAll(() => rmSync(template, { recursive: true }));
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sinter-model-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const folder = () => join(root, 'tiny');
const copyBundle = () => cpSync(template, folder(), { recursive: true });

/** Changes the card on disk. */
function edit(change: (card: Record<string, never>) => void): void {
  const path = join(folder(), 'model.json');
  const card = JSON.parse(readFileSync(path, 'utf8'));
  change(card);
  writeFileSync(path, JSON.stringify(card));
}

const refusal = () =>
  openModel(folder(), ONE).then(
    () => 'opened',
    (error) => `${error.code}: ${error.message}`,
  );

test('a bundle that was written opens and embeds as its graph says', async () => {
  copyBundle();
  expect(readdirSync(folder()).sort()).toEqual(['embedder.onnx', 'model.json']);
  const model = await openModel(folder(), ONE);
  expect(model.card).toEqual(card);
  expect(model.id).toBe(card.graphSha256);
  const { vector, timings } = await model.embedImage(await colourPng(99, 0, 0));
  const expected = [100, 1, 1, 50.375];
  expected.forEach((value, i) => {
    expect(vector[i]).toBeCloseTo(value / Math.hypot(...expected), 5);
  });
  expect(Object.values(timings).every((ms) => ms >= 0)).toBe(true);
  await expect(model.embedImage(Buffer.from('no image'))).rejects.toMatchObject({ code: 'not-an-image' });
  await model.close();
});

test('an older bundle is replaced, another folder is not', async () => {
  copyBundle();
  const bundle = await tinyBundle(readFileSync(graphPath('slow')));
  const written = await writeBundle(folder(), bundle, ONE);
  expect(JSON.parse(readFileSync(join(folder(), 'model.json'), 'utf8'))).toEqual(written);
  expect(readdirSync(root)).toEqual(['tiny']);
  writeFileSync(join(root, 'notes.txt'), '');
  await expect(writeBundle(root, bundle, ONE)).rejects.toMatchObject({ code: 'conflict' });
});

test('a graph that does not run, or a card with a fault, leaves the older bundle and nothing else behind', async () => {
  copyBundle();
  const broken = await tinyBundle(Buffer.from('not a graph'));
  await expect(writeBundle(folder(), broken, ONE)).rejects.toMatchObject({ code: 'bad-model' });
  const withoutGolden = { ...(await tinyBundle()), goldenImages: [] };
  await expect(writeBundle(folder(), withoutGolden, ONE)).rejects.toThrow('golden: ');
  expect(readdirSync(root)).toEqual(['tiny']);
  const model = await openModel(folder(), ONE);
  expect(model.id).toBe(card.graphSha256);
  await model.close();
});

test('a missing bundle, a missing graph and a changed graph are told apart', async () => {
  expect(await refusal()).toMatch(/^not-found: Expected a model bundle in .*tiny/);
  copyBundle();
  writeFileSync(join(folder(), 'embedder.onnx'), readFileSync(graphPath('slow')));
  expect(await refusal()).toMatch(
    /^bad-model: .*not the graph of its card: expected sha256 [0-9a-f]{64}, got/,
  );
  rmSync(join(folder(), 'embedder.onnx'));
  expect(await refusal()).toMatch(/^bad-model: Expected the graph/);
});

test('each problem of a damaged card is named with its place', async () => {
  copyBundle();
  edit((card) => Object.assign(card, { dim: -4, input: { fit: 'stretch', resize: 10, crop: 8 } }));
  expect(await refusal()).toMatch(/^bad-model: .*dim: .*; input\.fit: /);
  edit((card) => Object.assign(card, { dim: 4, input: { fit: 'squash', resize: 8, crop: 10 } }));
  expect(await refusal()).toContain('input: crop must not be larger than resize');
  edit((card) => Object.assign(card, { formatVersion: 2 }));
  expect(await refusal()).toContain('formatVersion is 2, and this program reads version 1');
  writeFileSync(join(folder(), 'model.json'), '{');
  expect(await refusal()).toContain('it is not JSON');
});

test('a golden pair that comes out differently says whether the decoder or the engine differs', async () => {
  copyBundle();
  const { golden } = card;
  const off = (by: number, pixelsSha256?: string) =>
    edit((card) =>
      Object.assign(card, {
        golden: golden.map((pair) => ({
          ...pair,
          ...(pixelsSha256 && { pixelsSha256 }),
          embedding: pair.embedding.map((value) => value + by),
        })),
      }),
    );
  const otherPixels = '0'.repeat(64);
  off(0.05, otherPixels);
  expect(await refusal()).toMatch(
    /^bad-model: The image decoder of this machine differs: golden pair \d of 3/,
  );
  off(0.01, otherPixels);
  await openModel(folder(), ONE).then((model) => model.close());
  off(0.002);
  expect(await refusal()).toMatch(/^bad-model: This machine computes differently/);
  off(0.0005);
  await openModel(folder(), ONE).then((model) => model.close());
});
