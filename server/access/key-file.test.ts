import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AccessKey, makeKey } from './access-key.ts';
import { changeKeys, keyFileIn, readKeys } from './key-file.ts';
import { openKeyRing } from './key-ring.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-keys-'));
  path = keyFileIn(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const add = (key: AccessKey) => changeKeys(path, (keys) => [...keys, key]);

test('keys come back as they were written, in a file for their owner alone that holds no secret', async () => {
  const { key, secret } = makeKey('web shop', { scope: 'write', gallery: 'shop' });
  await add(key);
  await add(makeKey('robot', { scope: 'read' }).key);
  expect(await readKeys(path)).toMatchObject([key, { name: 'robot' }]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, 'utf8')).not.toContain(secret.slice('sinter_'.length));
  expect(await readdir(folder)).toEqual(['.keys.json']);
});

test('a secret has 256 random bits and no two are equal', () => {
  const secrets = Array.from({ length: 50 }, () => makeKey('x', { scope: 'read' }).secret);
  expect(new Set(secrets).size).toBe(50);
  for (const secret of secrets) expect(Buffer.from(secret.slice(7), 'base64url')).toHaveLength(32);
});

test('no file means no keys, and a damaged one is an error rather than none', async () => {
  expect(await readKeys(path)).toBeUndefined();
  for (const text of ['', '{"formatVersion":1,"keys":[{}]}', '{"formatVersion":2,"keys":[]}']) {
    await writeFile(path, text);
    await expect(readKeys(path)).rejects.toMatchObject({ code: 'bad-data' });
  }
});

test('of two changes at once one is refused and none is lost', async () => {
  await add(makeKey('first', { scope: 'read' }).key);
  const changes = Array.from({ length: 8 }, (_, i) => add(makeKey(`at once ${i}`, { scope: 'read' }).key));
  const outcomes = await Promise.allSettled(changes);
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  for (const { reason } of failed) expect(reason).toMatchObject({ code: 'conflict' });
  expect(await readKeys(path)).toHaveLength(1 + outcomes.length - failed.length);
  await add(makeKey('later', { scope: 'read' }).key);
});

test('a change that fails leaves the keys as they were', async () => {
  await add(makeKey('first', { scope: 'read' }).key);
  const fail = (): never => {
    throw new Error('no such key');
  };
  await expect(changeKeys(path, fail)).rejects.toThrow('no such key');
  expect(await readKeys(path)).toHaveLength(1);
  expect(await readdir(folder)).toEqual(['.keys.json']);
});

test('a ring finds the key of a secret and no other, and heeds what is added and revoked within a second', async () => {
  let now = 0;
  const ring = await openKeyRing(path, () => now);
  expect(await ring.hasKeys()).toBe(false);
  const { key, secret } = makeKey('shop', { scope: 'read' });
  await add(key);
  now += 1000;
  expect(await ring.find(secret)).toEqual(key);
  for (const wrong of ['', secret.slice(0, -1), `${secret}x`, secret.toUpperCase(), key.hash])
    expect(await ring.find(wrong)).toBeUndefined();
  await changeKeys(path, () => []);
  now += 1000;
  expect(await ring.find(secret)).toBeUndefined();
});

test('a ring whose keys were revoked, or whose file is gone or damaged, lets nobody in', async () => {
  let now = 0;
  await add(makeKey('shop', { scope: 'read' }).key);
  const ring = await openKeyRing(path, () => now);
  await changeKeys(path, () => []);
  now += 1000;
  expect(await ring.hasKeys()).toBe(true);
  await rm(path);
  now += 1000;
  expect(await ring.hasKeys()).toBe(true);
  await writeFile(path, 'nonsense');
  now += 1000;
  await expect(ring.find('anything')).rejects.toMatchObject({ code: 'bad-data' });
  await expect(ring.find('anything')).rejects.toMatchObject({ code: 'bad-data' });
});
