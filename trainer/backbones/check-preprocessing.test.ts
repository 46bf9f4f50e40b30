import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodeImage } from '../../retrieval/image/decode.ts';
import { seededRandom } from '../../retrieval/random.ts';
import type { Samples } from '../data/samples.ts';
import { emptyGraph, type Value } from '../onnx/graph.ts';
import { GraphBuilder } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/model-file.ts';
import { tensor } from '../onnx/tensor.ts';
import { checkPreprocessing, choosePreprocessing, imagesToCheck } from './check-preprocessing.ts';
import { importBackbone, withPreprocessing } from './import-backbone.ts';
import { PREPROCESSINGS } from './preprocess.ts';

const SIZE = 8;
const SHARED = '../shared';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinter-check-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function backboneOf(name: string, build: (g: GraphBuilder, image: Value) => Value) {
  const g = new GraphBuilder(emptyGraph(name));
  const made = build(g, g.input('image', 'float32', ['N', 3, SIZE, SIZE]));
  g.output('features', made, 'float32', []);
  g.graph.outputs = [{ name: 'features', dims: [] }];
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, encodeModel(g.graph));
  return path;
}

/** Sees nothing beyond −1 and 1: what Inception's preprocessing makes of pixels, and of ImageNet's the half. */
const seesFromMinusOneToOne = (g: GraphBuilder, x: Value) =>
  g.op('Flatten', [g.op('Clip', [x, g.floats(-1), g.floats(1)])]);

/** `classes` patterns of dark and bright pixels, each of them with noise in so many images. */
function patterns(classes: number, each: number): Samples {
  const random = seededRandom(1, 'patterns');
  const length = SIZE * SIZE * 3;
  const centres = Array.from({ length: classes }, () =>
    Float32Array.from({ length }, () => 255 * random.uniform()),
  );
  const images = centres.flatMap((centre) =>
    Array.from({ length: each }, () =>
      Uint8Array.from(centre, (value) => Math.min(255, Math.max(0, value + 110 * random.normal()))),
    ),
  );
  return samplesOf(images, each, SIZE);
}

function samplesOf(images: Uint8Array[], each: number, size: number): Samples {
  return {
    input: 'pixels',
    labels: Int32Array.from(images, (_, i) => Math.floor(i / each)),
    batch: async (numbers) => {
      const pixels = new Uint8Array(Buffer.concat(numbers.map((number) => images[number])));
      return tensor('uint8', pixels, [numbers.length, size, size, 3]);
    },
  };
}

test('another preprocessing that is clearly better is warned of, and chosen where nothing was said', async () => {
  const path = await backboneOf('inception', seesFromMinusOneToOne);
  const samples = patterns(10, 6);
  const wrong = await importBackbone(path, { preprocessing: PREPROCESSINGS.caffe });
  expect(await checkPreprocessing(wrong, samples)).toMatch(
    /expect other pixels: with --preprocess inception .* caffe/,
  );
  const right = await importBackbone(path, { preprocessing: PREPROCESSINGS.inception });
  expect(await checkPreprocessing(right, samples)).toBeUndefined();

  const chosen = await choosePreprocessing(wrong, samples);
  expect(chosen.preprocessing).toEqual(PREPROCESSINGS.inception);
  expect(chosen.notes.at(-1)).toMatch(
    /^Pixels are scaled by inception \(MAP@R [01]\.\d+ on 60 images, with caffe MAP@R 0\.\d+\)\.$/,
  );
});

test('where no way is better, or images are too few, the present one stays', async () => {
  const path = await backboneOf('linear', (g, x) =>
    g.op('Sub', [g.op('Flatten', [x]), g.reduce('ReduceMean', g.op('Flatten', [x]), [1], true)]),
  );
  const backbone = await importBackbone(path, { preprocessing: PREPROCESSINGS.unit });
  const few = await choosePreprocessing(backbone, patterns(3, 4));
  expect(few.preprocessing).toBe(PREPROCESSINGS.unit);
  expect(few.notes.at(-1)).toMatch(/12 images are too few/);
  expect(await checkPreprocessing(backbone, patterns(3, 4))).toBeUndefined();
  const same = await choosePreprocessing(backbone, patterns(5, 5));
  expect(same.preprocessing).toBe(PREPROCESSINGS.unit);
});

test('features that are the same for all images are refused', async () => {
  const path = await backboneOf('bright', (g, x) =>
    g.op('Flatten', [g.op('Relu', [g.op('Sub', [x, g.floats(150)])])]),
  );
  const onlyBright = await importBackbone(path, { preprocessing: PREPROCESSINGS.raw });
  const dark = Array.from({ length: 20 }, (_, i) => new Uint8Array(SIZE * SIZE * 3).fill(i));
  await expect(checkPreprocessing(onlyBright, samplesOf(dark, 5, SIZE))).rejects.toThrow(
    /same features of every image/,
  );
});

test('images to check are of at most 20 classes, at least two of each, at most 100', () => {
  const image = (label: number, i: number) => ({
    id: `${label}/${i}`,
    path: `/${label}/${i}`,
    label: String(label),
  });
  const images = Array.from({ length: 50 }, (_, label) =>
    Array.from({ length: label }, (_, i) => image(label, i)),
  ).flat();
  const chosen = imagesToCheck(images, seededRandom(1));
  const counts = [...new Set(chosen.map(({ label }) => label))].map(
    (label) => chosen.filter((each) => each.label === label).length,
  );
  expect(counts).toHaveLength(20);
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
  expect(Math.max(...counts)).toBeLessThanOrEqual(5);
  expect(imagesToCheck(images.slice(0, 1), seededRandom(1))).toEqual([]);
});

describe.skipIf(!existsSync(join(SHARED, 'data/grocery')))(
  'photos of groceries (skipped where ../shared is absent)',
  () => {
    test('a MobileNetV2 given the pixels of another family is found out, the right ones pass', async () => {
      const lines = readFileSync(join(SHARED, 'data/grocery/train.txt'), 'utf8').trim().split('\n');
      const files = lines
        .map((line) => line.split(',').map((part) => part.trim()))
        .map(([path, label]) => {
          const full = join(SHARED, 'data/grocery', path);
          return { id: path, path: full, label };
        });
      const chosen = imagesToCheck(files, seededRandom(1));
      const size = 96;
      const rule = { fit: 'squash', resize: 110, crop: size } as const;
      const images = await Promise.all(
        chosen.map(async ({ path }) => (await decodeImage(readFileSync(path), rule)).data),
      );
      const samples = samplesOf(images, chosen.length / new Set(chosen.map(({ label }) => label)).size, size);
      const path = join(SHARED, 'backbones/mobilenetv2-features.onnx');
      const right = await importBackbone(path, { size });
      const wrong = withPreprocessing(right, PREPROCESSINGS.unit);
      expect(await checkPreprocessing(wrong, samples)).toMatch(/--preprocess imagenet/);
      expect(await checkPreprocessing(right, samples)).toBeUndefined();
    }, 120_000);
  },
);
