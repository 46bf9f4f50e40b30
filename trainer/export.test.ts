import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readDataSet } from '../retrieval/dataset/read-data-set.ts';
import { openModel } from '../retrieval/model/open-model.ts';
import { seededRandom } from '../retrieval/random.ts';
import { buildResidualNetwork } from './backbones/residual-network.ts';
import { CheckpointStore } from './checkpoint.ts';
import { CROP_AND_FLIP } from './data/augment.ts';
import { pixelSamples } from './data/pixel-samples.ts';
import { openPixelStore } from './data/pixel-store.ts';
import { classNumbers, trainingSet } from './data/training-set.ts';
import { EventLog } from './events.ts';
import { type Export, exportBundle } from './export.ts';
import { recipeOf } from './recipe.ts';
import { writeShapes } from './shapes.test-helper.ts';
import { train } from './train.ts';

let folder: string;
let exported: Export;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-export-'));
  await writeShapes(join(folder, 'shapes'), 4);
  const { training: images, classes } = trainingSet(await readDataSet(join(folder, 'shapes')));
  const recipe = recipeOf({ variant: 'hbn', dim: 6, epochs: 1, batchSize: 8, learningRate: 0.05, seed: 1 });
  const spec = { size: 12, stem: { kernel: 3, stride: 1 }, pooling: 'average' } as const;
  const network = buildResidualNetwork({ ...spec, widths: [4, 8], blocks: [1, 1] }, seededRandom(1));
  const store = await openPixelStore(join(folder, 'cache'), images, { fit: 'squash', size: 12 });
  const samples = pixelSamples(store, classNumbers(images, classes), 12, CROP_AND_FLIP);
  const trained = await train({
    network,
    samples,
    training: images.map((_, number) => number),
    classes: classes.length,
    validation: {},
    classNames: images.map(({ label }) => label),
    recipe,
    checkpoints: new CheckpointStore(join(folder, 'run'), 'test'),
    log: new EventLog(join(folder, 'run', 'events.jsonl')),
  });
  const card = {
    name: 'export',
    dim: 6,
    input: { fit: 'squash', resize: 12, crop: 12 },
    backbone: { name: 'small', featureDim: 8, parameters: 1 },
    training: { variant: 'hbn', alpha: { start: 16, end: 4 }, epochs: 1, seed: 1, classes: 4, images: 16 },
    metrics: {},
  } as const;
  exported = {
    folder: join(folder, 'bundle'),
    card,
    network,
    recipe,
    trained,
    samples,
    paths: images.map(({ path }) => path),
  };
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a graph that computes something else than was trained is not written', async () => {
  const { values } = exported.trained;
  for (const name of ['bottleneck/shift', 'stage2.1/running_variance']) {
    const moved = { ...values[name], data: (values[name].data as Float32Array).map((value) => value + 0.01) };
    const tampered = { ...exported, trained: { ...exported.trained, values: { ...values, [name]: moved } } };
    await expect(exportBundle(tampered)).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringMatching(
        /does not reproduce the trained one: .* differs by 0\.0\d+, at most 0\.0001 is allowed/,
      ),
    });
    expect(existsSync(exported.folder)).toBe(false);
  }
});

test('what was trained is written with golden pairs that this machine reproduces', async () => {
  const card = await exportBundle(exported);
  expect(card.golden).toHaveLength(4);
  const model = await openModel(exported.folder);
  expect(model.card).toEqual(card);
  await model.close();
});
