/** API keys for tests, in a file of their own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KeyOptions, makeKey } from './access-key.ts';
import type { AccessRules } from './exposure.ts';
import { changeKeys, keyFileIn } from './key-file.ts';
import { openKeyRing } from './key-ring.ts';

export type TestKeys<Name extends string> = {
  path: string;
  /** As a server takes it. */
  access: AccessRules;
  /** By the name of the key. */
  secrets: Record<Name, string>;
  remove(): Promise<void>;
};

/** Makes a key of each name. */
export async function testKeys<Name extends string>(
  wanted: Record<Name, KeyOptions>,
): Promise<TestKeys<Name>> {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-keys-'));
  const path = keyFileIn(folder);
  const made = Object.entries<KeyOptions>(wanted).map(([name, options]) => makeKey(name, options));
  await changeKeys(path, () => made.map(({ key }) => key));
  const secrets = Object.fromEntries(made.map(({ key, secret }) => [key.name, secret])) as Record<
    Name,
    string
  >;
  const access = { keys: await openKeyRing(path) };
  return { path, access, secrets, remove: () => rm(folder, { recursive: true }) };
}

/** The header that carries a key. */
export const bearer = (secret: string) => ({ Authorization: `Bearer ${secret}` });
