import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { allowedCores, keepOn } from './affinity.ts';
import { WorkerThread } from './call.ts';
import type { EchoMethods } from './echo-worker.test-helper.ts';
import { cpuQuota, usableCores } from './usable-cores.ts';

/** The quota by control groups as these files have them. */
async function quotaBy(self: string, files: Record<string, string>): Promise<number | undefined> {
  const mount = await mkdtemp(join(tmpdir(), 'sinter-cgroup-'));
  try {
    for (const [name, text] of Object.entries({ ...files, self })) {
      await mkdir(dirname(join(mount, name)), { recursive: true });
      await writeFile(join(mount, name), text);
    }
    return cpuQuota({ mount, self: join(mount, 'self') });
  } finally {
    await rm(mount, { recursive: true });
  }
}

test('a container sees its limit at the root', async () => {
  expect(await quotaBy('0::/\n', { 'cpu.max': '150000 100000\n' })).toBe(1.5);
});

test('the least of the groups around a service counts', async () => {
  const files = {
    'system.slice/cpu.max': '200000 100000\n',
    'system.slice/sinter.service/cpu.max': 'max 100000\n',
  };
  expect(await quotaBy('0::/system.slice/sinter.service\n', files)).toBe(2);
});

test('groups of version 1 are read, by their own name or as the root', async () => {
  const self = '5:memory:/docker/1f0c\n4:cpu,cpuacct:/docker/1f0c\n0::/\n';
  const group = { 'cpu.cfs_quota_us': '300000\n', 'cpu.cfs_period_us': '100000\n' };
  const within = (folder: string) =>
    Object.fromEntries(Object.entries(group).map(([name, text]) => [join('cpu', folder, name), text]));
  expect(await quotaBy(self, within('docker/1f0c'))).toBe(3);
  expect(await quotaBy(self, within('.'))).toBe(3);
});

test('where nothing is limited there is no quota', async () => {
  expect(await quotaBy('0::/\n', { 'cpu.max': 'max 100000\n' })).toBeUndefined();
  expect(
    await quotaBy('4:cpu:/\n', { 'cpu/cpu.cfs_quota_us': '-1', 'cpu/cpu.cfs_period_us': '100000' }),
  ).toBeUndefined();
  expect(await quotaBy('0::/user.slice\n', {})).toBeUndefined();
  expect(await quotaBy('', {})).toBeUndefined();
  expect(cpuQuota({ self: '/nowhere' })).toBeUndefined();
});

test('at least one core can be used, and no more than there are', () => {
  expect(usableCores).toBeGreaterThanOrEqual(1);
  expect(usableCores).toBeLessThanOrEqual(availableParallelism());
});

test.runIf(allowedCores().length > 1)(
  'a thread that is kept from a core still knows those of its process',
  async () => {
    const cores = allowedCores();
    const [first = 0] = cores;
    await keepOn([first], process.pid);
    const worker = new WorkerThread<EchoMethods>(
      new URL('./echo-worker.test-helper.ts', import.meta.url),
      {},
    );
    try {
      expect(await worker.call('cores', [])).toEqual({ ofThread: 1, usable: usableCores });
    } finally {
      await worker.close();
      await keepOn(cores, 'all');
    }
  },
);
