import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { auditCommand } from '../commands/audit-command.ts';
import { studyCommand } from '../commands/study-command.ts';
import { trainCommand } from '../commands/train-command.ts';
import { optionsOfSettings, type TrainOptions } from '../train/options.ts';
import { taskOfOptions } from '../train/task-of-options.ts';
import { readStudy, runsOf } from './grid.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const STUDIES = join(ROOT, 'studies', 'paper');
const GUIDE = readFileSync(join(ROOT, 'docs', 'reproduce.md'), 'utf8');

/** What a run trains by, in the words of the paper. */
async function recipesOf(file: string) {
  const study = await readStudy(join(STUDIES, file));
  return runsOf(study).map(({ varied, settings }) => {
    const { recipe, backbone } = taskOfOptions(optionsOfSettings({ backbone: 'x.onnx', ...settings }));
    return { varied, recipe, backbone };
  });
}

test.each(readdirSync(STUDIES))('the study %s has the recipe of the paper', async (file) => {
  for (const { varied, recipe, backbone } of await recipesOf(file)) {
    expect(recipe).toMatchObject({
      batchSize: 32,
      weightDecay: 0,
      labelSmoothing: 0,
      norms: 'trained',
      settleNorms: true,
      initialisation: 'chance',
      rates: { backbone: 1, classWeights: 1 },
      holdOut: { classes: 0, images: 0 },
      blend: 1,
      keep: 'last',
    });
    expect(backbone).toMatchObject({ scope: 'all', fit: 'squash', resize: 256, size: 224 });
    expect(recipe).not.toHaveProperty('imagesPerClass');
    expect(recipe.heat).toMatchObject({ epochs: 80, warmUpEpochs: 0, decay: 'constant' });
    if (/^h/.test(String(varied.variant)))
      expect(recipe.heat).toMatchObject({
        alpha: 16,
        heatedAlpha: 4,
        heatUpEpoch: 61,
        heatedRateFactor: 0.1,
      });
    const isProducts = file.startsWith('online-products');
    expect(recipe.classMeans).toBe(isProducts);
    expect(recipe.heat.learningRate).toBe(isProducts ? 0.01 : 0.004);
    expect(recipe.optimizer).toEqual(
      isProducts ? { name: 'adam', epsilon: 0.01 } : { name: 'sgd', momentum: 0.9 },
    );
  }
});

test('the table of lengths and α has a run for each of its cells', async () => {
  const cells = new Set<string>();
  for (const file of ['cars196-alpha.json', 'cars196-dim.json'])
    for (const { varied, recipe } of await recipesOf(file))
      cells.add(`${varied.variant} ${recipe.dim} ${recipe.heat.alpha}`);
  for (const dim of [64, 128, 256]) {
    for (const alpha of [4, 8, 16, 32, 64]) expect(cells).toContain(`bn ${dim} ${alpha}`);
    expect(cells).toContain(`sm ${dim} 1`);
    expect(cells).toContain(`hbn ${dim} 16`);
  }
});

test('the guide names every study, and no option that the commands do not have', () => {
  for (const file of readdirSync(STUDIES)) expect(GUIDE).toContain(`studies/paper/${file}`);
  const shell = [...GUIDE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block).join('\n');
  const known = [trainCommand(), auditCommand(), studyCommand()].flatMap(({ options }) =>
    options.map(({ long }) => long as string),
  );
  const lines = shell
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => /sinter|RECIPE/.test(line));
  expect(lines.length).toBeGreaterThan(10);
  const flags = lines.flatMap((line) => line.match(/(?<=[\s"])--[a-z-]+/g) ?? []);
  expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
});

test.each([
  ['RECIPE', 'cars196.json'],
  ['PRODUCTS', 'online-products.json'],
])('the options $%s of the guide mean what the study %s says', async (variable, file) => {
  const command = trainCommand().action(() => {});
  const words = ['data', '--out', 'x', '--variant', 'hbn', ...wordsOf(variable)];
  const { out: _, ...options } = command.parse(words, { from: 'user' }).opts();
  const { recipe, backbone } = taskOfOptions(options as TrainOptions);
  const run = (await recipesOf(file)).find(({ varied }) => varied.variant === 'hbn');
  expect(recipe).toEqual(run?.recipe);
  expect(backbone).toEqual({ ...run?.backbone, path: 'backbones/googlenet.onnx' });
});

/** The words of a shell variable of the guide, other variables filled in. */
function wordsOf(variable: string): string[] {
  const [, value = ''] = new RegExp(`${variable}="([^"]*)"`).exec(GUIDE) ?? [];
  return value
    .replaceAll('\\\n', ' ')
    .split(/\s+/)
    .flatMap((word) => (word.startsWith('$') ? wordsOf(word.slice(1)) : word));
}
