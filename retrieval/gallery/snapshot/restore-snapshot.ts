/** Makes a gallery of a snapshot again, after it was verified; the index is built when the gallery is opened. */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SinterError } from '../../errors.ts';
import { type LongWork, stopIfAborted } from '../../progress.ts';
import { checkGalleryName, DATABASE } from '../gallery.ts';
import { Store } from '../store.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { verifySnapshot } from './verify-snapshot.ts';

export type RestoreOptions = {
  snapshot: string;
  /** The folder that holds the galleries. */
  folder: string;
  /** Default the name that the gallery had. */
  name?: string | undefined;
  /** Put it in the place of a gallery of that name; nobody may have that one open. */
  overwrite?: boolean | undefined;
};

export type Restored = { gallery: string; items: number; model: Manifest['model'] };

/**
 * Restores a snapshot. Throws `not-found` and `bad-gallery` for one that is not there or has faults, `conflict` where
 * there is a gallery of the name and it is not to be overwritten, and `interrupted`; the gallery is then as before.
 */
export async function restoreSnapshot(options: RestoreOptions, work: LongWork = {}): Promise<Restored> {
  const { snapshot, folder, overwrite } = options;
  const { gallery, items, model, files } = await readManifest(snapshot);
  const name = options.name ?? gallery;
  checkGalleryName(name);
  const place = resolve(folder, name);
  if (existsSync(place) && !overwrite) {
    const advice = 'Restore under another name with --gallery, or replace it with --overwrite.';
    throw new SinterError('conflict', `There is a gallery \`${name}\` in ${folder} already. ${advice}`);
  }
  await expectNoFaults(snapshot);
  const temporary = resolve(folder, `.${name}.restored-${process.pid}`);
  try {
    await copyFiles(
      snapshot,
      temporary,
      files.map(({ path }) => path),
      work,
    );
    nameGallery(join(temporary, DATABASE), name);
    await putInPlace(temporary, place, resolve(folder, `.${name}.before-${process.pid}`));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return { gallery: name, items, model };
}

async function expectNoFaults(snapshot: string): Promise<void> {
  const { faults } = await verifySnapshot(snapshot);
  const [first] = faults;
  if (!first) return;
  const message = `The snapshot in ${snapshot} has ${faults.length} faults; the first: ${first.where} ${first.what}. \`sinter verify ${snapshot}\` names all.`;
  throw new SinterError('bad-gallery', message);
}

async function copyFiles(
  from: string,
  to: string,
  paths: string[],
  { onProgress, signal }: LongWork,
): Promise<void> {
  for (const [i, path] of paths.entries()) {
    stopIfAborted(signal);
    await mkdir(dirname(join(to, path)), { recursive: true });
    await copyFile(join(from, path), join(to, path));
    onProgress?.({ stage: 'restoring', done: i + 1, total: paths.length });
  }
}

function nameGallery(database: string, name: string): void {
  const store = new Store(database);
  store.rename(name);
  store.close();
}

/** The gallery before is moved aside first, so that at no moment half of one and half of the other is there. */
async function putInPlace(temporary: string, place: string, aside: string): Promise<void> {
  const isThere = existsSync(place);
  if (isThere) await rename(place, aside);
  await rename(temporary, place);
  if (isThere) await rm(aside, { recursive: true });
}
