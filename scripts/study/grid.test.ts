import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readStudy, runsOf, type StudyFile } from './grid.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinter-study-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(content: unknown): string {
  const path = join(folder, 'study.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const SMALL = {
  name: 'small',
  data: 'train.csv',
  test: { queries: 'test.csv', references: 'train.csv' },
  vary: { variant: ['sm', 'hln'], alpha: [8, 16], seed: [1, 2, 3] },
};

test('paths are relative to the file, and what is left out has a default', async () => {
  const study = await readStudy(write(SMALL));
  expect(study).toMatchObject({
    data: [join(folder, 'train.csv')],
    test: { queries: join(folder, 'test.csv'), references: join(folder, 'train.csv') },
    settings: {},
    k: [1, 2, 4, 8],
  });
});

test('every combination is a run, with the control of a heated variant among them', async () => {
  const runs = runsOf(await readStudy(write(SMALL)));
  expect(runs).toHaveLength(3 * 2 * 3);
  expect(new Set(runs.map(({ varied }) => varied.variant))).toEqual(new Set(['sm', 'hln', 'ln-cut']));
  const control = runs.find(({ varied }) => varied.variant === 'ln-cut');
  expect(control?.settings).toMatchObject({ variant: 'ln', schedule: 'cut', alpha: 8, seed: 1 });
});

test('settings of a variant go before shared ones, and may make one of any name', () => {
  const study = {
    ...SMALL,
    settings: { epochs: 5, learningRate: 0.1 },
    variants: { sm: { learningRate: 0.01 }, careful: { variant: 'hln', blend: 0.25 } },
    vary: { ...SMALL.vary, variant: ['sm', 'hln', 'careful'] },
    k: [1],
  } as unknown as StudyFile;
  const rate = (name: string) =>
    runsOf(study).find(({ varied }) => varied.variant === name)?.settings.learningRate;
  expect([rate('sm'), rate('hln')]).toEqual([0.01, 0.1]);
  const careful = runsOf(study).find(({ varied }) => varied.variant === 'careful');
  expect(careful?.settings).toMatchObject({ variant: 'hln', blend: 0.25, epochs: 5 });
});

test('what is wrong with a file is said with its place', async () => {
  await expect(readStudy(join(folder, 'none.json'))).rejects.toMatchObject({ code: 'not-found' });
  await expect(readStudy(write('{'))).rejects.toThrow(/study\.json is not JSON/);
  const unknown = write({ ...SMALL, vary: { variant: ['sm'], alpha: 8 } });
  await expect(readStudy(unknown)).rejects.toThrow(/expected array.*vary\.alpha/s);
});
