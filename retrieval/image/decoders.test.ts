import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { SinterError } from '../errors.ts';
import { createCores } from '../threads/cores.ts';
import { decodeImage } from './decode.ts';
import { DO } from './decoder-process.test-helper.ts';
import { createDecoders, type Decoders, type DecodersOptions, mostProcesses } from './decoders.ts';
import { encodePng } from './encode-png.ts';
import type { InputRule } from './pixels.ts';

const RULE: InputRule = { fit: 'cover', resize: 20, crop: 16 };
const STAND_IN = new URL('./decoder-process.test-helper.ts', import.meta.url);

/** On a machine with enough free cores. */
const open = (options: DecodersOptions) => createDecoders({ cores: createCores(4), ...options });
const openStandIns = (options: DecodersOptions) => open({ module: STAND_IN, ...options });

/** A stand-in does what it is told; the process that answered. */
const tell = async (decoders: Decoders, what: number, text = '', signal?: AbortSignal) => {
  const { data } = await decoders.decode(Uint8Array.of(what, ...Buffer.from(text)), RULE, { signal });
  return Number(Buffer.from(data));
};

const photo = (seed: number) =>
  encodePng({
    data: Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * seed) % 251),
    width: 40,
    height: 30,
  });

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.each([{ most: 0 }, { most: 2 }])(
  'with $most processes images become the pixels that decodeImage makes of them',
  async ({ most }) => {
    const decoders = open({ most });
    const images = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(photo));
    const crop = { x: 0.5, y: 0, width: 0.5, height: 0.5 };
    const decoded = await Promise.all(images.map((image) => decoders.decode(image, RULE, { crop })));
    const expected = await Promise.all(images.map((image) => decodeImage(image, RULE, { crop })));
    for (const [i, { data, width, height, decodeMs, waitedMs }] of decoded.entries()) {
      expect({ data: new Uint8Array(data), width, height }).toEqual({
        data: new Uint8Array((expected[i] as { data: Uint8Array }).data),
        width: 16,
        height: 16,
      });
      expect(decodeMs).toBeGreaterThan(0);
      expect(waitedMs).toBeGreaterThanOrEqual(0);
    }
  },
);

test.each([{ most: 0 }, { most: 1 }])(
  'with $most processes a bad image is refused as ever, and the next is decoded',
  async ({ most }) => {
    const decoders = open({ most });
    const text = Buffer.from('no image');
    const cut = (await photo(7)).subarray(0, 200);
    await expect(decoders.decode(text, RULE)).rejects.toMatchObject({
      name: 'SinterError',
      code: 'not-an-image',
    });
    await expect(decoders.decode(cut, RULE)).rejects.toMatchObject({
      name: 'SinterError',
      code: 'bad-image',
    });
    await expect(decoders.shrink(cut, 8)).rejects.toMatchObject({ code: 'bad-image' });
    await expect(decoders.decode(await photo(7), RULE, { maxPixels: 1000 })).rejects.toThrow(
      /at most 1000 pixels/,
    );
    expect((await decoders.decode(await photo(7), RULE)).width).toBe(16);
  },
);

test.each([{ most: 0 }, { most: 1 }])(
  'with $most processes an image is shrunk to a webp that fits',
  async ({ most }) => {
    const decoders = open({ most });
    const { format, width, height } = await sharp(await decoders.shrink(await photo(3), 20)).metadata();
    expect({ format, width, height }).toEqual({ format: 'webp', width: 20, height: 15 });
  },
);

test('more processes are started while all have something to do, up to the most, and end when they long had nothing', async () => {
  const all = openStandIns({ most: 3, idleMs: 2000 });
  const first = await tell(all, DO.answer);
  expect(await tell(all, DO.answer)).toBe(first);
  const pids = new Set<number>();
  while (pids.size < 3)
    for (const pid of await Promise.all([1, 2, 3, 4, 5, 6].map(() => tell(all, DO.answerLate))))
      pids.add(pid);
  expect(all.status().processes).toBe(3);
  await expect.poll(() => [...pids].filter(isThere).length, { timeout: 10_000 }).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect([...pids].filter(isThere).length).toBe(1);
  expect(pids).toContain(await tell(all, DO.answer));
});

test.each([
  { cores: 3, gigabytes: 64, most: 0 },
  { cores: 4, gigabytes: 16, most: 4 },
  { cores: 16, gigabytes: 64, most: 16 },
  { cores: 64, gigabytes: 256, most: 16 },
  { cores: 16, gigabytes: 1, most: 1 },
  { cores: 16, gigabytes: 0.5, most: 0 },
])('$most processes at most suit $cores cores with $gigabytes GB', ({ cores, gigabytes, most }) => {
  expect(mostProcesses({ cores, memoryBytes: gigabytes * 1e9 })).toBe(most);
});

test('the first process can be started before there is an image', async () => {
  const all = openStandIns({ most: 2 });
  all.prepare();
  all.prepare();
  await expect.poll(() => all.status().processes).toBe(1);
  const here = open({ most: 0 });
  here.prepare();
  expect(here.status().processes).toBe(0);
});

test('nobody waits for a second process while there is one', async () => {
  const all = openStandIns({ most: 4 });
  const first = await tell(all, DO.answer);
  const answers = await Promise.all([1, 2, 3, 4].map(() => tell(all, DO.answer)));
  expect(answers).toEqual([first, first, first, first]);
});

test('an image at which the decoder crashes is a bad one; the others beside it are decoded', async () => {
  const all = openStandIns({ most: 1 });
  const before = await tell(all, DO.answer);
  const answers = await Promise.allSettled([
    tell(all, DO.answerLate),
    tell(all, DO.crash),
    tell(all, DO.answerLate),
    tell(all, DO.answer),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  const { reason } = answers[1] as PromiseRejectedResult;
  expect(reason).toBeInstanceOf(SinterError);
  expect(reason).toMatchObject({ code: 'bad-image', message: expect.stringMatching(/crashed .*SIGSEGV/) });
  const after = await tell(all, DO.answer);
  expect(after).not.toBe(before);
  expect(isThere(before)).toBe(false);
  expect(all.status().processes).toBe(1);
  expect(all.status().crashes).toBeGreaterThan(0);
});

test('an image whose decoder ends by chance is decoded by another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-decoders-'));
  const marker = join(folder, 'crashed');
  try {
    expect(await tell(openStandIns({ most: 1 }), DO.crashOnce, marker)).toBeGreaterThan(0);
    expect(existsSync(marker)).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an image that takes too long is a bad one, and what decodes it is ended', async () => {
  const all = openStandIns({ most: 1, timeoutMs: 2500 });
  const pid = await tell(all, DO.answer);
  await expect(tell(all, DO.hang)).rejects.toMatchObject({ code: 'bad-image' });
  expect(isThere(pid)).toBe(false);
  expect(await tell(all, DO.answer)).toBeGreaterThan(0);
});

test('where no process can be started no image is blamed', async () => {
  const all = openStandIns({ most: 1, module: new URL('./pixels.ts', import.meta.url) });
  const failure = await tell(all, DO.answer).catch((error: Error) => error);
  expect(failure).toMatchObject({ message: expect.stringContaining('exit code 0') });
  expect(failure).not.toBeInstanceOf(SinterError);
});

test('what is aborted before its turn is not decoded', async () => {
  const all = openStandIns({ most: 1, cores: createCores(1) });
  const abort = new AbortController();
  const running = [tell(all, DO.answerLate), tell(all, DO.answerLate)];
  const waiting = tell(all, DO.answer, '', abort.signal);
  const refused = expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
  abort.abort();
  // At once, though the two before are not done yet.
  await expect(tell(all, DO.answer, '', abort.signal)).rejects.toMatchObject({ code: 'interrupted' });
  expect(await Promise.race([running[0], 'not yet'])).toBe('not yet');
  await refused;
  await Promise.all(running);
});

const PARENT = fileURLToPath(new URL('./decoders-parent.test-helper.ts', import.meta.url));
const startParent = async (...args: string[]) => {
  const tsx = import.meta.resolve('tsx');
  const parent = spawn(process.execPath, ['--import', tsx, PARENT, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [pid] = await once(parent.stdout, 'data');
  return { parent, pid: Number(pid) };
};

test('decoders keep no process from its end, and end with it', async () => {
  const { parent, pid } = await startParent();
  expect(parent.exitCode ?? (await once(parent, 'exit'))[0]).toBe(0);
  await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
});

test('decoders outlive the signals that reach a whole group, and end with the process that needs them, even if it is killed', async () => {
  const { parent, pid } = await startParent('stay');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(isThere(pid)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
});
