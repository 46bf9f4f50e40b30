/** The file of API keys beside the galleries: read whole, replaced whole, for its owner's eyes alone. */
import { open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';
import { type AccessKey, accessKeySchema } from './access-key.ts';

/** Begins with a dot, as no gallery's name does. */
const FILE = '.keys.json';
const OWNER_ONLY = 0o600;

const fileSchema = z.strictObject({ formatVersion: z.literal(1), keys: z.array(accessKeySchema) });

/** Where the keys of the galleries in a folder are. */
export function keyFileIn(indexData: string): string {
  return join(indexData, FILE);
}

/** The keys, or undefined where there is no file. Throws `bad-data` for a damaged one: no key counts then. */
export async function readKeys(path: string): Promise<AccessKey[] | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parse(text, path);
}

/**
 * Replaces the keys by what `change` makes of them; on disk when it resolves. The draft is the lock as well: of two changes
 * at once one throws `conflict`, and none is lost.
 */
export async function changeKeys(
  path: string,
  change: (keys: readonly AccessKey[]) => readonly AccessKey[],
): Promise<void> {
  const draft = `${path}.new`;
  const file = await open(draft, 'wx', OWNER_ONLY).catch((error) => Promise.reject(draftError(error, draft)));
  try {
    const keys = change((await readKeys(path)) ?? []);
    await file.writeFile(`${JSON.stringify({ formatVersion: 1, keys }, null, 2)}\n`);
    await file.sync();
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await syncFolder(dirname(path));
}

function parse(text: string, path: string): AccessKey[] {
  try {
    return fileSchema.parse(JSON.parse(text)).keys;
  } catch (error) {
    const advice = 'Put back a copy of it, or remove it and make new keys with `sinter keys create`.';
    const message = `Expected ${path} to hold API keys as \`sinter keys\` writes them; it is damaged. ${advice}`;
    throw new SinterError('bad-data', message, { cause: error });
  }
}

function draftError(error: NodeJS.ErrnoException, draft: string): Error {
  if (error.code === 'ENOENT') {
    const message = `There is no folder ${dirname(draft)} to keep API keys in. Index a gallery first, or name its folder by --index-data.`;
    return new SinterError('not-found', message, { cause: error });
  }
  if (error.code !== 'EEXIST') return error;
  const advice = `If none is running, one was cut off: remove ${draft} and try again.`;
  return new SinterError('conflict', `Another command is changing the API keys. ${advice}`, { cause: error });
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
