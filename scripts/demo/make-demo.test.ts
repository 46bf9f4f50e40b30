import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipeOf } from '../../trainer/recipe.ts';
import { removeTemporaryFolders, temporaryFolder } from '../sinter.test-helper.ts';
import { type Demo, type DemoPlan, makeDemo } from './make-demo.ts';
import { emojiFolder } from './prepare-emoji.ts';
import { EMOJI_TRAINING } from './recipe.ts';

let home: string;
beforeAll(async () => {
  home = await temporaryFolder();
  await writeSets(await emojiFolder(join(home, 'index-data', 'demo')));
});
afterAll(removeTemporaryFolders);

test('the demo is made once, and a second start finds all of it', async () => {
  const first = await make();
  expect(first.emoji).toMatchObject({ classes: 12, images: 144 });
  expect(first.report).toMatchObject({ protocol: 'open', queries: 72, classes: 6, queriesWithoutMatch: 0 });
  expect(Object.keys(first.report.recall)).toEqual(['1', '2', '4', '8']);
  expect(first.stages).toContain('training');
  const second = await make();
  expect(second.stages).not.toContain('training');
  expect(second.stages).not.toContain('comparing');
  expect(second.report).toEqual(first.report);
  expect(second.parts.model.id).toBe(first.parts.model.id);
});

test('a demo stopped while it trains or indexes goes on from there', async () => {
  const place = await temporaryFolder();
  await writeSets(await emojiFolder(join(place, 'index-data', 'demo')));
  for (const [stage, done] of [
    ['Drawing emoji', 10],
    ['training', 4],
    ['indexing', 64],
  ] as const) {
    const stopped = make({ home: place }, (progress) => progress.stage === stage && progress.done >= done);
    await expect(stopped, stage).rejects.toMatchObject({ code: 'interrupted' });
  }
  const last = await make({ home: place });
  expect(last.stages).not.toContain('training');
  expect(last.size).toBe(72);
});

test('another recipe makes another model and another gallery', async () => {
  const before = await make();
  const recipe = recipeOf({ ...SMALL, seed: 2 });
  const after = await make({ training: { ...EMOJI_TRAINING, recipe } });
  expect(after.parts.model.id).not.toBe(before.parts.model.id);
  expect(after.modelOfGallery).toBe(after.parts.model.id);
});

test('a model or gallery of that name that is not the demo’s is left alone', async () => {
  for (const folder of [join('models', 'emoji'), join('index-data', 'emoji')]) {
    const place = await temporaryFolder();
    await cp(join(home, 'index-data', 'demo'), join(place, 'index-data', 'demo'), { recursive: true });
    await mkdir(join(place, folder), { recursive: true });
    await expect(make({ home: place })).rejects.toMatchObject({ code: 'conflict' });
    expect(existsSync(join(place, folder))).toBe(true);
  }
});

const SMALL = { variant: 'hln', dim: 8, epochs: 2, batchSize: 16, learningRate: 0.05, seed: 1 } as const;
const TRAINING: DemoPlan['training'] = { ...EMOJI_TRAINING, recipe: recipeOf(SMALL) };

type Step = { stage: string; done: number };

/** Makes the demo and closes it; stops it as Ctrl-C would once `stopAt` holds. */
async function make(
  plan: Partial<DemoPlan> = {},
  stopAt: (step: Step) => boolean = () => false,
): Promise<Demo & { stages: string[]; size: number; modelOfGallery: string }> {
  const stop = new AbortController();
  const stages: string[] = [];
  const onProgress = (progress: Step) => {
    stages.push(progress.stage);
    if (stopAt(progress)) stop.abort();
  };
  const quiet = { say: () => {}, warn: () => {} };
  const demo = await makeDemo(
    { home, training: TRAINING, ...plan },
    { ...quiet, work: { onProgress, signal: stop.signal } },
  );
  const { gallery } = demo.parts;
  const found = { size: gallery.size(), modelOfGallery: gallery.model.id };
  await demo.parts.close();
  return { ...demo, stages, ...found };
}

/** Stands for what npm installs: each set draws twelve emoji, every one a shape, in a colour of its own. */
async function writeSets(folder: string): Promise<void> {
  const manifest = fileURLToPath(new URL('./package.json', import.meta.url));
  const sets = Object.keys(JSON.parse(await readFile(manifest, 'utf8')).dependencies);
  for (const [number, name] of sets.entries()) {
    const set = join(folder, 'node_modules', name);
    await mkdir(set, { recursive: true });
    const files = { 'icons.json': icons(name, number * 30), 'chars.json': CHART, 'info.json': info(name) };
    for (const [file, content] of Object.entries(files))
      await writeFile(join(set, file), JSON.stringify(content));
  }
  await writeFile(join(folder, 'node_modules', '.package-lock.json'), '{}');
}

const SHAPES = Array.from({ length: 12 }, (_, i) => `shape-${i}`);
const CHART = Object.fromEntries(SHAPES.map((name, i) => [(0x1f600 + i).toString(16), name]));

function icons(name: string, hue: number) {
  const draw = (i: number) => {
    const [x, y] = [4 + (i % 4) * 6, 4 + Math.floor(i / 4) * 8];
    return `<path fill="hsl(${hue},80%,40%)" d="M${x} ${y}h8v${6 + i}h-8z"/>`;
  };
  const drawn = Object.fromEntries(SHAPES.map((shape, i) => [shape, { body: draw(i) }]));
  return { prefix: name.split('/')[1], icons: drawn, width: 32, height: 32 };
}

function info(name: string) {
  const url = 'https://example.org';
  return { name, author: { name: 'A. Drawer', url }, license: { title: 'MIT', url } };
}
