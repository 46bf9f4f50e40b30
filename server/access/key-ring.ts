/** The keys of a server that runs: read again when their file changes, so that a key that is revoked soon opens nothing. */
import { stat } from 'node:fs/promises';
import { type AccessKey, findKey } from './access-key.ts';
import { readKeys } from './key-file.ts';

export type KeyRing = {
  /** The key of a secret, if there is one. Rejects while the file is damaged. */
  find(secret: string): Promise<AccessKey | undefined>;
  /**
   * Whether there are or were keys, even if all of them are revoked by now: a server that asked for keys does not stop
   * asking. With `.keys.json` removed, it is open again once it is started again.
   */
  hasKeys(): Promise<boolean>;
};

/** Where nobody asks for keys. */
export const NO_KEYS: KeyRing = { find: async () => undefined, hasKeys: async () => false };

/** A change of the file counts within this time. */
const RECHECK_MS = 1000;

/** Reads the key file, which need not be there. Throws `bad-data` where it is damaged. `now` in milliseconds. */
export async function openKeyRing(
  path: string,
  now: () => number = () => performance.now(),
): Promise<KeyRing> {
  let keys: AccessKey[] | undefined;
  let version: string | undefined;
  let checkedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<void> | undefined;

  const readIfChanged = async () => {
    const current = await versionOf(path);
    if (current === version) return;
    keys = (await readKeys(path)) ?? (keys && []);
    version = current;
  };
  const refresh = async () => {
    if (now() - checkedAt < RECHECK_MS) return;
    refreshing ??= readIfChanged().finally(() => {
      refreshing = undefined;
    });
    await refreshing;
    checkedAt = now();
  };
  await refresh();
  return {
    find: async (secret) => {
      await refresh();
      return findKey(keys ?? [], secret);
    },
    hasKeys: async () => {
      await refresh();
      return keys !== undefined;
    },
  };
}

/** Differs whenever the file was replaced. */
async function versionOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return found ? `${found.ino} ${found.mtimeNs} ${found.size}` : 'none';
}
