/** Image files that a gallery keeps itself, named by their content: those that were uploaded, not indexed from a folder. */
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { SinterError } from '../errors.ts';
import { contentHash } from '../image/content-hash.ts';
import { imageFormat } from '../image/format.ts';

const FOLDER = 'images';

/** Another process may have stored an image and not put in its item yet; it does not take that long. */
const STRAY_AFTER_MS = 3_600_000;

let written = 0;

/** Writes the bytes as `images/SHA256.FORMAT` below `galleryFolder`, unless they are there; on disk when it resolves. */
export async function storeImage(galleryFolder: string, bytes: Uint8Array): Promise<string> {
  const format = imageFormat(bytes);
  if (!format) throw new SinterError('not-an-image', 'Expected the bytes of an image file to keep.');
  const folder = join(galleryFolder, FOLDER);
  const path = join(folder, `${contentHash(bytes)}.${format}`);
  await mkdir(folder, { recursive: true });
  if (!(await isThere(path))) {
    const temporary = `${path}.tmp-${process.pid}-${written++}`;
    await writeSynced(temporary, bytes);
    await rename(temporary, path);
  }
  await sync(folder);
  return path;
}

/** Removes an image file if it is one that the gallery keeps itself; the files of others are never touched. */
export async function forgetImage(galleryFolder: string, path: string): Promise<void> {
  if (path.startsWith(join(galleryFolder, FOLDER) + sep)) await rm(path, { force: true });
}

/** Removes image files that no item came to have, as when an upload was cut off; `kept` by path within the folder. */
export async function forgetStrayImages(galleryFolder: string, kept: ReadonlySet<string>): Promise<void> {
  const folder = join(galleryFolder, FOLDER);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((name) => !kept.has(`${FOLDER}/${name}`))) {
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > STRAY_AFTER_MS) await rm(join(folder, name), { force: true });
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
