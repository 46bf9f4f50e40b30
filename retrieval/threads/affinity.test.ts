import { availableParallelism, platform } from 'node:os';
import { expect, test } from 'vitest';
import { allowedCores, threadNumber } from './affinity.ts';

test('Linux tells the cores of this process and the number of a thread, and no other system does', () => {
  const isLinux = platform() === 'linux';
  expect(allowedCores()).toHaveLength(isLinux ? availableParallelism() : 0);
  expect(threadNumber()).toBe(isLinux ? process.pid : undefined);
});
