import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { installSets, readLockfile } from './install-sets.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinter-sets-'));
  // An empty cache of npm's own, so that nothing is installed without the registry.
  vi.stubEnv('npm_config_cache', join(folder, 'npm-cache'));
  vi.stubEnv('npm_config_fetch_retries', '0');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

test('the lockfile pins every package by its hash and names no registry', async () => {
  const { packages } = JSON.parse(await readLockfile());
  const { '': root, ...pinned } = packages;
  expect(Object.keys(root.dependencies)).toHaveLength(12);
  for (const entry of Object.values(pinned)) {
    expect(entry).toHaveProperty('integrity');
    expect(entry).not.toHaveProperty('resolved');
  }
});

test('sets that are there are not fetched again', async () => {
  mkdirSync(join(folder, 'node_modules'));
  writeFileSync(join(folder, 'node_modules', '.package-lock.json'), '{}');
  vi.stubEnv('PATH', '');
  const sets = await installSets(folder, {});
  expect(sets).toContain(join(folder, 'node_modules', '@iconify-json/noto'));
});

test('without npm it says so', async () => {
  vi.stubEnv('PATH', folder);
  await expect(installSets(folder, {})).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringMatching(/Expected npm to install the emoji sets .*ENOENT/),
  });
});

test('a registry out of reach is a clear error', async () => {
  vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
  await expect(installSets(folder, {})).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringMatching(/ECONNREFUSED(.|\n)*its registry can be reached/),
  });
});

test('a folder may be given relative to where the program runs', async () => {
  vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9/');
  // npm has read the lockfile and got as far as the registry.
  await expect(installSets(relative(process.cwd(), folder), {})).rejects.toThrow('ECONNREFUSED');
});

test('stopping ends npm', async () => {
  const stop = new AbortController();
  const registry = createServer(() => stop.abort());
  await new Promise<void>((listening) => registry.listen(0, '127.0.0.1', listening));
  vi.stubEnv('npm_config_registry', `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`);
  await expect(installSets(folder, { signal: stop.signal })).rejects.toMatchObject({ code: 'interrupted' });
  expect(existsSync(join(folder, 'node_modules', '.package-lock.json'))).toBe(false);
  registry.closeAllConnections();
  registry.close();
});
