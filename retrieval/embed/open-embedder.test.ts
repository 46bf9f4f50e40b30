import { readdirSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { allowedCores } from '../threads/affinity.ts';
import { createOwnCore } from '../threads/own-core.ts';
import { devicesAmong } from './device.ts';
import { listProviders } from './embed-thread.ts';
import type { Embedder, EmbedderOptions } from './embedder.ts';
import { openEmbedder } from './open-embedder.ts';

/** No build of ONNX Runtime has both. */
const OF_ANOTHER_SYSTEM = platform() === 'darwin' ? 'dml' : 'coreml';
const SIZE = 8;
const DIM = 4;
let embedder: Embedder | undefined;
afterEach(async () => {
  await embedder?.close();
  embedder = undefined;
});

/** The graphs of `test/graphs`, which say themselves what they compute. */
const graph = (name: string) => ({
  path: fileURLToPath(new URL(`../../test/graphs/${name}.onnx`, import.meta.url)),
  size: SIZE,
  dim: DIM,
});

const open = async (name: string, options?: EmbedderOptions): Promise<Embedder> => {
  embedder = await openEmbedder(graph(name), { workers: 1, ...options });
  return embedder;
};

const colour = (r: number, g: number, b: number) =>
  Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => [r, g, b][i % 3] as number);

/** What tiny.onnx computes, written out. */
function expectedVector(r: number, g: number, b: number): number[] {
  const [x, y, z] = [r + 1, g + 1, b + 1];
  const vector = [x, y, z, 0.5 * x + 0.25 * y + 0.125 * z];
  return vector.map((value) => value / Math.hypot(...vector));
}

test('each image gets its own vector, whatever batch it is in', async () => {
  const { embed } = bound(await open('tiny', { workers: 2 }));
  const colours = Array.from({ length: 50 }, (_, i) => [i, 250 - i, (i * 7) % 256] as const);
  const embeddings = await Promise.all(colours.map((each) => embed(colour(...each))));
  embeddings.forEach(({ vector }, i) => {
    expectedVector(...(colours[i] as [number, number, number])).forEach((value, d) => {
      expect(vector[d]).toBeCloseTo(value, 5);
    });
  });
});

test('images that arrive together are shared out among idle threads and batched', async () => {
  const { embed } = bound(await open('tiny', { workers: 2, maxBatch: 4 }));
  const sizes = async (count: number) =>
    (await Promise.all(Array.from({ length: count }, () => embed(colour(1, 2, 3))))).map((e) => e.batchSize);
  expect(await sizes(2)).toEqual([1, 1]);
  expect(await sizes(6)).toEqual([3, 3, 3, 3, 3, 3]);
  expect(Math.max(...(await sizes(40)))).toBe(4);
});

test('the event loop stays free while images are embedded', async () => {
  const { embed } = bound(await open('slow', { maxBatch: 32 }));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const embeddings = await Promise.all(Array.from({ length: 32 }, () => embed(colour(9, 9, 9))));
  delay.disable();
  const longestRunMs = Math.max(...embeddings.map((each) => each.runMs));
  expect(longestRunMs).toBeGreaterThan(50);
  expect(delay.max / 1e6).toBeLessThan(longestRunMs / 2);
});

/** Threads of this process with a lower priority that were not among `known`, by their numbers, and their processor time in ms. */
function yieldingThreads(known = new Map<string, number>()): Map<string, number> {
  const found = new Map<string, number>();
  for (const number of readdirSync('/proc/self/task')) {
    const [stat, schedstat] = ['stat', 'schedstat'].map((file) =>
      readIfThere(`/proc/self/task/${number}/${file}`),
    );
    const priority = Number(stat?.split(') ')[1]?.split(' ')[16]);
    if (priority > 0 && !known.has(number)) found.set(number, Number(schedstat?.split(' ')[0]) / 1e6);
  }
  return found;
}

/** A thread may end between one look and the next. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

test.runIf(platform() === 'linux')(
  'all threads but one yield, and a lone image is given to that one',
  async () => {
    // A thread that ONNX Runtime starts with its first session stays, and may be among them.
    await (await open('slow')).close();
    const known = yieldingThreads();
    const { embed } = bound(await open('slow', { workers: 3 }));
    const before = yieldingThreads(known);
    expect(before.size).toBe(2);
    let runMs = 0;
    for (let i = 0; i < 3; i++) runMs += (await embed(colour(1, 2, 3))).runMs;
    for (const [number, spentMs] of yieldingThreads(known)) {
      expect(spentMs - (before.get(number) ?? Number.NaN)).toBeLessThan(runMs / 10);
    }
  },
);

test.runIf(platform() === 'linux')('the threads inside a session yield with it', async () => {
  await (await open('tiny')).close();
  const known = yieldingThreads();
  await open('tiny', { workers: 2, threadsPerWorker: 3 });
  expect(yieldingThreads(known).size).toBe(3);
});

test.runIf(platform() === 'linux')('a thread that is replaced yields if the one before it did', async () => {
  const { embed } = bound(await open('fragile', { workers: 3, maxBatch: 1 }));
  const known = yieldingThreads();
  const broken = await Promise.allSettled([1, 2, 3].map(() => embed(colour(255, 0, 0))));
  expect(broken.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await vi.waitFor(() => expect(yieldingThreads(known).size).toBe(2), { timeout: 10_000 });
  // Were there a third one, it would be there soon after.
  await sleep(300);
  expect(yieldingThreads(known).size).toBe(2);
});

test('under load the thread that does not yield has its next batch before the event loop hears of the last', async () => {
  const { embed } = bound(await open('slow', { maxBatch: 8 }));
  const embedSome = (count: number) =>
    Promise.all(Array.from({ length: count }, () => embed(colour(1, 2, 3)).then(() => performance.now())));
  const start = performance.now();
  const [endedAt = 0] = await embedSome(8);
  const runMs = endedAt - start;
  const ended = embedSome(16);
  await Promise.resolve();
  const blockedUntil = performance.now() + 10 * runMs;
  while (performance.now() < blockedUntil);
  const [firstEnd = 0, secondEnd = 0] = (await ended).filter((_, i) => i % 8 === 0);
  expect(secondEnd - firstEnd).toBeLessThan(runMs / 2);
});

test('what lay ready in a thread whose run failed is embedded by its successor', async () => {
  const { embed } = bound(await open('fragile', { maxBatch: 1 }));
  const broken = embed(colour(255, 0, 0));
  const others = [1, 2].map((red) => embed(colour(red, 6, 7)));
  await expect(broken).rejects.toThrow('Embedding failed');
  const [layReady, waited] = await Promise.all(others);
  // Both waited for the successor to start.
  expect(layReady?.queueMs).toBeGreaterThan((waited?.queueMs ?? 0) / 2);
});

/** The threads of this process by the cores that they may run on, as Linux writes them. */
function threadsByCores(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const number of readdirSync('/proc/self/task')) {
    const status = readIfThere(`/proc/self/task/${number}/status`) ?? '';
    const cores = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1];
    if (cores !== undefined) found.set(cores, [...(found.get(cores) ?? []), number]);
  }
  return found;
}

test.runIf(allowedCores().length > 1)(
  'under load the thread that does not yield has a core of its own, until the embedder is closed',
  async () => {
    const cores = allowedCores();
    const before = threadsByCores();
    expect(before.size).toBe(1);
    const ownCore = createOwnCore({ cores, processorMs: () => performance.now() * cores.length });
    const known = yieldingThreads();
    const { embed } = bound(await open('slow', { workers: 2, maxBatch: 1, ownCore }));
    const asking = Array.from({ length: 20 }, async () => {
      while (true) await embed(colour(1, 2, 3));
    });
    const asked = Promise.allSettled(asking);
    const own = await vi.waitFor(
      () => {
        const threads = threadsByCores().get(String(cores.at(-1)));
        expect(threads).toHaveLength(1);
        return threads?.[0];
      },
      { timeout: 10_000 },
    );
    expect(threadsByCores().size).toBe(2);
    expect([...yieldingThreads(known).keys()]).not.toContain(own);
    await embedder?.close();
    await asked;
    expect([...threadsByCores().keys()]).toEqual([...before.keys()]);
  },
);

test('beside a session with a core of its own another one runs one image at a time', async () => {
  const idle = { enter() {}, leave: async () => {}, withAllCores: <T>(work: () => Promise<T>) => work() };
  const ownCore = { ...idle, isGiven: true };
  const { embed } = bound(await open('slow', { workers: 2, maxBatch: 4, ownCore }));
  const sizes = async () =>
    (await Promise.all(Array.from({ length: 9 }, () => embed(colour(1, 2, 3))))).map((e) => e.batchSize);
  expect(await sizes()).toEqual([4, 4, 4, 4, 1, 4, 4, 4, 4]);
  ownCore.isGiven = false;
  expect(await sizes()).toEqual([4, 4, 4, 4, 4, 4, 4, 4, 1]);
});

test('beyond the limit of the queue images are refused, those within it are embedded', async () => {
  const { embed } = bound(await open('slow', { maxQueue: 3, maxBatch: 1 }));
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => embed(colour(1, 1, 1))));
  expect(results.map((result) => result.status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
  ]);
  expect(results[4]).toMatchObject({ reason: { code: 'queue-full' } });
});

test('an image that is refused learns how long those that wait will take', async () => {
  const { embed } = bound(await open('slow', { maxQueue: 3, maxBatch: 1 }));
  const { runMs } = await embed(colour(1, 1, 1));
  const results = await Promise.allSettled(Array.from({ length: 4 }, () => embed(colour(1, 1, 1))));
  const [refused] = results.filter((result) => result.status === 'rejected');
  expect(refused?.reason.waitMs).toBeCloseTo(3 * runMs);
});

test('an aborted image leaves the queue and takes no place in a batch', async () => {
  const opened = await open('slow', { maxBatch: 1 });
  const first = opened.embed(colour(1, 1, 1));
  await Promise.resolve();
  const controller = new AbortController();
  const second = opened.embed(colour(2, 2, 2), controller.signal);
  expect(opened.load()).toEqual({ waiting: 1, running: 1 });
  controller.abort();
  await expect(second).rejects.toMatchObject({ code: 'interrupted' });
  expect(opened.load()).toEqual({ waiting: 0, running: 1 });
  await first;
  await expect(opened.embed(colour(2, 2, 2), controller.signal)).rejects.toMatchObject({
    code: 'interrupted',
  });
});

test('closing rejects what waits and what runs, and everything later', async () => {
  const opened = await open('slow', { maxBatch: 1 });
  const waiting = Array.from({ length: 3 }, () => opened.embed(colour(1, 1, 1)));
  const settled = Promise.allSettled(waiting);
  await Promise.resolve();
  await opened.close();
  for (const result of await settled) expect(result).toMatchObject({ reason: { code: 'interrupted' } });
  await expect(opened.embed(colour(1, 1, 1))).rejects.toMatchObject({ code: 'interrupted' });
});

test('a run that fails rejects its own images only, and a fresh thread takes over', async () => {
  const { embed } = bound(await open('fragile', { maxBatch: 1 }));
  const results = await Promise.allSettled([embed(colour(255, 0, 0)), embed(colour(5, 6, 7))]);
  expect(results[0]).toMatchObject({
    status: 'rejected',
    reason: { message: expect.stringContaining('Gather') },
  });
  expect(results[1]).toMatchObject({ status: 'fulfilled' });
});

test('a graph that is damaged, absent or of another kind is refused with what was expected', async () => {
  await expect(open('no-such')).rejects.toMatchObject({ code: 'not-found' });
  await expect(open('wrong-input')).rejects.toMatchObject({
    code: 'bad-model',
    message: expect.stringContaining('one input `pixels` uint8 [N, 8, 8, 3]'),
  });
  const tiny = graph('tiny');
  const badModel = expect.objectContaining({ code: 'bad-model' });
  await expect(openEmbedder({ ...tiny, size: 9 }, { workers: 1 })).rejects.toEqual(badModel);
  await expect(openEmbedder({ ...tiny, dim: 5 }, { workers: 1 })).rejects.toThrow('float32 [1, 5]');
  const script = fileURLToPath(new URL('../../test/graphs/make-graphs.py', import.meta.url));
  await expect(openEmbedder({ ...tiny, path: script })).rejects.toEqual(badModel);
});

test('says where it runs, and refuses a device that is not there', async () => {
  expect((await open('tiny', { threadsPerWorker: 2 })).plan).toEqual({
    device: 'cpu',
    workers: 1,
    threadsPerWorker: 2,
  });
  await expect(openEmbedder(graph('tiny'), { device: OF_ANOTHER_SYSTEM })).rejects.toMatchObject({
    code: 'no-device',
    message: expect.stringContaining(`The device ${OF_ANOTHER_SYSTEM} cannot be used: `),
  });
});

test('this build of ONNX Runtime lists the CPU among its providers', async () => {
  expect(devicesAmong(await listProviders())).toContain('cpu');
});

test('pixels of a wrong size and options out of range are refused', async () => {
  await expect((await open('tiny')).embed(new Uint8Array(3))).rejects.toMatchObject({ code: 'bad-input' });
  await expect(openEmbedder(graph('tiny'), { maxBatch: 0 })).rejects.toThrow('`maxBatch`');
});

const bound = (opened: Embedder) => ({ embed: (pixels: Uint8Array) => opened.embed(pixels) });
