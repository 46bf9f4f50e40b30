import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { audit } from '../retrieval/audit/audit.ts';
import { embedSides } from '../retrieval/audit/embed-sides.ts';
import { readDataSet } from '../retrieval/dataset/read-data-set.ts';
import { openModel } from '../retrieval/model/open-model.ts';
import { PYTHON, pythonHas } from '../test/python.ts';
import { CROP_AND_FLIP } from './data/augment.ts';
import { recipeOf } from './recipe.ts';
import { writeShapes } from './shapes.test-helper.ts';
import type { Backbone } from './source.ts';
import { type TrainedModel, trainModel } from './train-model.ts';
import type { TrainingJob } from './training-run.ts';

const NETWORK: Backbone = {
  kind: 'residual',
  fit: 'squash',
  resize: 18,
  network: { size: 16, stem: { kernel: 3, stride: 1 }, widths: [8, 16], blocks: [1, 1], pooling: 'flatten' },
  augmentation: CROP_AND_FLIP,
};
const RECIPE = {
  variant: 'hln',
  dim: 8,
  epochs: 6,
  batchSize: 16,
  learningRate: 0.1,
  seed: 3,
  classMeans: true,
  settleNorms: true,
} as const;

let folder: string;
let shapes: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-train-'));
  shapes = join(folder, 'shapes');
  await writeShapes(shapes, 12);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const task = (out: string, more: Partial<TrainingJob> = {}): TrainingJob => ({
  data: shapes,
  out: join(folder, 'models', out),
  backbone: NETWORK,
  recipe: recipeOf(RECIPE),
  ...more,
});

/** Mean loss of every epoch. */
const lossesOf = ({ history }: TrainedModel) => history.slice(1).map(({ loss }) => loss as number);

test('a network from nothing learns to tell shapes apart, and its bundle embeds them', async () => {
  const result = await trainModel(task('shapes'));
  const { card } = result;
  const losses = lossesOf(result);
  expect(losses).toHaveLength(6);
  expect(losses[4]).toBeLessThan(losses[0]);
  expect(card).toMatchObject({
    name: 'shapes',
    dim: 8,
    input: { fit: 'squash', resize: 18, crop: 16 },
    training: { classes: 4, images: 48 },
  });
  const model = await openModel(join(folder, 'models', 'shapes'));
  const { images } = await readDataSet(shapes);
  const { report } = await audit(await embedSides(model, model.card.dim, { images }), { ks: [1] });
  await model.close();
  expect(report.recall[1]).toBeGreaterThan(0.8);
});

test.skipIf(!pythonHas('onnx'))(
  'the bundle passes the checker of the onnx package (needs python3-onnx)',
  () => {
    const path = join(folder, 'models', 'shapes', 'embedder.onnx');
    const code = 'import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)';
    const { status, stderr } = spawnSync(PYTHON, ['-c', code, path], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  },
);

test('the same seed gives the same losses to the last bit, another seed others', async () => {
  const [first, second, third] = [
    await trainModel(task('one')),
    await trainModel(task('two')),
    await trainModel(task('three', { recipe: recipeOf({ ...RECIPE, seed: 4 }) })),
  ];
  expect(lossesOf(second)).toEqual(lossesOf(first));
  expect(second.card.graphSha256).toBe(first.card.graphSha256);
  expect(lossesOf(third)).not.toEqual(lossesOf(first));
});

test('a run that was stopped goes on with the numbers of one that was not', async () => {
  const whole = await trainModel(task('whole'));
  const stop = new AbortController();
  const onProgress = ({ stage, note = '' }: { stage: string; note?: string }) => {
    if (stage === 'training' && note.startsWith('epoch 4/')) stop.abort();
  };
  await expect(trainModel(task('parts'), { signal: stop.signal, onProgress })).rejects.toMatchObject({
    code: 'interrupted',
  });
  expect(existsSync(join(folder, 'models', 'parts'))).toBe(false);
  const epochs = new Set<string>();
  const resumed = await trainModel(task('parts'), {
    onProgress: ({ stage, note = '' }) => stage === 'training' && epochs.add(note.slice(0, 7)),
  });
  // Steps that were under way when it was stopped may have ended the epoch.
  expect([...epochs].slice(-2)).toEqual(['epoch 5', 'epoch 6']);
  expect([...epochs].every((epoch) => epoch >= 'epoch 4')).toBe(true);
  expect(lossesOf(resumed)).toEqual(lossesOf(whole));
  expect(resumed.card.graphSha256).toBe(whole.card.graphSha256);
  expect(await readdir(join(folder, 'models', '.runs', 'parts'))).toEqual(['events.jsonl']);
});

test('a checkpoint of another recipe is not continued', async () => {
  const stop = new AbortController();
  const onProgress = ({ note = '' }: { note?: string }) => note.startsWith('epoch 3/') && stop.abort();
  await expect(trainModel(task('other'), { signal: stop.signal, onProgress })).rejects.toMatchObject({
    code: 'interrupted',
  });
  const second = await trainModel(task('other', { recipe: recipeOf({ ...RECIPE, epochs: 2 }) }));
  expect(lossesOf(second)).toHaveLength(2);
});

test('a folder that holds something else is refused before anything is trained', async () => {
  const stages: string[] = [];
  const attempt = trainModel(task('shapes', { out: shapes }), {
    onProgress: ({ stage }) => stages.push(stage),
  });
  await expect(attempt).rejects.toMatchObject({ code: 'conflict' });
  expect(stages).toEqual([]);
});

test('images that cannot be decoded are named and left out', async () => {
  const damaged = join(folder, 'damaged');
  await writeShapes(damaged, 3);
  await writeFile(join(damaged, 'disc', '1.png'), 'nothing');
  const sentences: string[] = [];
  const recipe = recipeOf({ ...RECIPE, epochs: 1, settleNorms: false });
  const { skipped, card } = await trainModel(
    task('damaged', { data: damaged, recipe, warn: (s) => sentences.push(s) }),
  );
  expect(skipped).toMatchObject([{ path: join(damaged, 'disc', '1.png') }]);
  expect(sentences.join('\n')).toContain('1.png is left out:');
  expect(card.training.images).toBe(11);
});

test('training that diverges ends with a word on the learning rate, and writes nothing', async () => {
  const recipe = recipeOf({
    ...RECIPE,
    variant: 'sm',
    learningRate: 1e6,
    classMeans: false,
    settleNorms: false,
  });
  await expect(trainModel(task('diverging', { recipe }))).rejects.toThrow(
    /the loss is no longer a number at step \d+ of epoch \d, at a learning rate of 1000000\. Choose a smaller one\./,
  );
  expect(existsSync(join(folder, 'models', 'diverging'))).toBe(false);
});

test('every variant trains and exports', async () => {
  for (const variant of ['sm', 'ln', 'bn', 'hbn'] as const) {
    const recipe = recipeOf({ ...RECIPE, variant, epochs: 2, learningRate: 0.02 });
    const losses = lossesOf(await trainModel(task(variant, { recipe })));
    expect(losses.every(Number.isFinite)).toBe(true);
  }
});

const backbone = new URL('../../shared/backbones/squeezenet1.1.onnx', import.meta.url).pathname;
test.skipIf(!existsSync(backbone))(
  'a head on a frozen backbone trains on features that are computed once (needs ../shared)',
  async () => {
    const onnx: Backbone = {
      kind: 'onnx',
      path: backbone,
      scope: 'head',
      fit: 'squash',
      augmentation: CROP_AND_FLIP,
      preprocessing: { scale: [1, 1, 1], offset: [-124, -117, -104], bgr: true },
    };
    const recipe = recipeOf({ ...RECIPE, epochs: 20, learningRate: 0.05, settleNorms: false });
    const stages = new Map<string, number>();
    const count = {
      onProgress: ({ stage }: { stage: string }) => void stages.set(stage, (stages.get(stage) ?? 0) + 1),
    };
    const first = await trainModel(task('head', { backbone: onnx, recipe }), count);
    expect(first.card).toMatchObject({
      backbone: { name: 'squeezenet1.1', featureDim: 512 },
      input: { crop: 227 },
    });
    const cache = join(folder, 'models', '.cache');
    const features = (await readdir(cache)).find((name) => name.endsWith('.features')) as string;
    const before = await readFile(join(cache, features));
    const second = await trainModel(task('head', { backbone: onnx, recipe }));
    expect(await readFile(join(cache, features))).toEqual(before);
    expect(second.card.graphSha256).toBe(first.card.graphSha256);
    // Operator set 13, which this backbone is of, cannot train norms; the head is trained all the same.
    const normed = recipeOf({ ...RECIPE, variant: 'hbn', epochs: 2, settleNorms: false });
    await trainModel(task('head-hbn', { backbone: onnx, recipe: normed }));
    const model = await openModel(join(folder, 'models', 'head'));
    const { images } = await readDataSet(shapes);
    const { report } = await audit(await embedSides(model, model.card.dim, { images }), { ks: [1] });
    await model.close();
    expect(report.recall[1]).toBeGreaterThan(0.9);
  },
  180_000,
);
