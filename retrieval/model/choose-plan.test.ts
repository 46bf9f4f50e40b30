import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Device } from '../embed/device.ts';
import { writeTinyBundle } from './bundle.test-helper.ts';
import type { ModelCard } from './bundle-format.ts';
import { choosePlan, type PlanWish } from './choose-plan.ts';
import { openModel } from './open-model.ts';

const OF_ANOTHER_SYSTEM: Device = platform() === 'darwin' ? 'dml' : 'coreml';
let template: string;
let root: string;
let card: ModelCard;

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'sinter-plan-'));
  card = await writeTinyBundle(template);
});
afterAll(() => rmSync(template, { recursive: true }));
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sinter-plan-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const choose = async (wish: PlanWish, golden = card.golden) => {
  const said: string[] = [];
  const graph = { path: join(template, 'embedder.onnx'), size: 8, dim: 4 };
  const plan = await choosePlan({ ...card, golden }, graph, wish, { cache: root, say: (s) => said.push(s) });
  return { plan, said };
};

test('measures once, and says what; afterwards it is remembered', async () => {
  const first = await choose({ device: 'cpu' });
  expect(first.plan.device).toBe('cpu');
  expect(first.plan.workers * first.plan.threadsPerWorker).toBeLessThanOrEqual(availableParallelism());
  expect(first.said).toEqual([expect.stringMatching(/^Embedding on cpu \d+ × \d+: \d+ images/)]);
  expect(await choose({ device: 'cpu' })).toEqual({ plan: first.plan, said: [] });
  // Options of an embedder come along, and are none of the question.
  const more = { device: 'cpu', maxQueue: 7 } as const;
  expect(await choose(more)).toEqual({ plan: first.plan, said: [] });
  const [file] = readdirSync(root) as [string];
  writeFileSync(join(root, file), '{"device":"abacus"}');
  expect((await choose({ device: 'cpu' })).said).toHaveLength(1);
});

test('what is told is not measured', async () => {
  const wish = { device: 'cpu', workers: 3, threadsPerWorker: 2 } as const;
  expect(await choose(wish)).toEqual({ plan: wish, said: [] });
  expect(readdirSync(root)).toEqual([]);
  expect((await choose({ device: 'cpu', workers: 1 })).plan.workers).toBe(1);
  expect((await choose({ device: 'cpu', threadsPerWorker: 2 })).plan.threadsPerWorker).toBe(2);
});

test('a device asked for by name that is not there is refused with what there is and what to do', async () => {
  await expect(choose({ device: OF_ANOTHER_SYSTEM })).rejects.toMatchObject({
    code: 'no-device',
    message: expect.stringMatching(/cannot be used: onnxruntime-node has cpu.* It needs .*--device auto/),
  });
});

test('a device that fails the golden pairs is not taken', async () => {
  const off = card.golden.map((pair) => ({ ...pair, embedding: pair.embedding.map((x) => x + 0.05) }));
  await expect(choose({ device: 'auto' }, off)).rejects.toMatchObject({
    code: 'bad-model',
    message: expect.stringMatching(/runs on no device.*on the device cpu is off by 0.05/),
  });
  expect(readdirSync(root)).toEqual([]);
});

test('a model asked for any device opens on one that works, with the measurement beside the bundle', async () => {
  const folder = join(root, 'tiny');
  cpSync(template, folder, { recursive: true });
  const said: string[] = [];
  const model = await openModel(folder, { device: 'auto', workers: 1, say: (s) => said.push(s) });
  expect(model.plan.workers).toBe(1);
  expect(said.join()).toContain(`Embedding on ${model.plan.device}`);
  expect(existsSync(join(root, '.cache'))).toBe(true);
  await model.close();
});
