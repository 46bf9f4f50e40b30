import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Progress } from '../progress.ts';
import { colourPng, writeTinyBundle } from './bundle.test-helper.ts';
import { embedFiles } from './embed-files.ts';
import type { Model } from './model.ts';
import { openModel } from './open-model.ts';

const COUNT = 60;
let root: string;
let model: Model;
let files: { path: string }[];

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sinter-files-'));
  await writeTinyBundle(join(root, 'model'));
  model = await openModel(join(root, 'model'), { workers: 2, maxBatch: 4 });
  files = Array.from({ length: COUNT }, (_, i) => ({ path: join(root, `${i}.png`) }));
  for (const [i, { path }] of files.entries()) writeFileSync(path, await colourPng(i, 100, 0));
});
afterAll(async () => {
  await model.close();
  rmSync(root, { recursive: true });
});

test('files come back in their order, each with its own vector, and progress reaches the total', async () => {
  const seen: Progress[] = [];
  const results = await collect(embedFiles(model, files, { onProgress: (step) => seen.push(step) }));
  expect(results.map(({ file }) => file)).toEqual(files);
  results.forEach((result, i) => {
    if ('skipped' in result) throw new Error(result.skipped);
    expect((result.vector[0] as number) / (result.vector[1] as number)).toBeCloseTo((i + 1) / 101, 4);
    expect(result.wasKnown).toBe(false);
  });
  expect(seen.at(-1)).toEqual({ stage: 'embedding', done: COUNT, total: COUNT });
  expect(seen.map((step) => step.done)).toEqual(Array.from({ length: COUNT }, (_, i) => i + 1));
});

test('files that cannot be read or decoded are yielded with the reason, the others embedded', async () => {
  const text = { path: join(root, 'text.png') };
  writeFileSync(text.path, 'not an image');
  const absent = { path: join(root, 'absent.png') };
  const results = await collect(embedFiles(model, [text, files[0] as { path: string }, absent]));
  expect(results[0]).toMatchObject({ file: text, skipped: expect.stringContaining('no known image format') });
  expect(results[1]).toHaveProperty('vector');
  expect(results[2]).toMatchObject({ file: absent, skipped: expect.stringContaining('ENOENT') });
});

test('content that is known is not decoded or embedded again', async () => {
  const vector = Float32Array.of(1, 0, 0, 0);
  const text = { path: join(root, 'known.png') };
  writeFileSync(text.path, 'not even an image');
  const [result] = await collect(embedFiles(model, [text], { known: () => vector }));
  expect(result).toMatchObject({ vector, wasKnown: true, sizeBytes: 17 });
});

test('an aborted signal stops it with `interrupted`', async () => {
  const controller = new AbortController();
  let done = 0;
  const run = async () => {
    for await (const _ of embedFiles(model, files, { signal: controller.signal })) {
      if (++done === 3) controller.abort();
    }
  };
  await expect(run()).rejects.toMatchObject({ code: 'interrupted' });
  expect(done).toBe(3);
});

test('leaving the loop early leaves nothing waiting, and no failure unhandled', async () => {
  for await (const result of embedFiles(model, files)) {
    expect(result.file).toBe(files[0]);
    break;
  }
  await model.embedImage(await colourPng(1, 2, 3));
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
