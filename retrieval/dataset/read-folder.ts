/** Finds the images below a folder; an image's label is the folder it lies in. Hidden files and other kinds of file are passed over. */
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { SinterError } from '../errors.ts';
import { IMAGE_EXTENSIONS } from '../image/format.ts';
import type { DataSet, ImageFile } from './labelled-image.ts';
import { listFirst } from './list-first.ts';

type Found = {
  endings: ReadonlySet<string>;
  images: ImageFile[];
  emptyFolders: string[];
  otherFiles: number;
};

/**
 * Reads all images below `root` (absolute), files with one of the `endings`, in order of id; those directly in it have the
 * label null. Throws `bad-data` where there is none.
 */
export async function readFolder(root: string, endings = IMAGE_EXTENSIONS): Promise<DataSet<ImageFile>> {
  const found: Found = { endings, images: [], emptyFolders: [], otherFiles: 0 };
  await visit(root, '', [], found);
  if (found.images.length === 0) throw noImages(root, found.otherFiles);
  found.images.sort((a, b) => (a.id < b.id ? -1 : 1));
  return { root, images: found.images, warnings: emptyFolderWarnings(found.emptyFolders) };
}

/** `above` are the real paths of the folders that lead here: a link back to one of them would never end. */
async function visit(root: string, folder: string, above: readonly string[], found: Found): Promise<void> {
  const here = await realpath(join(root, folder));
  if (above.includes(here)) return;
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const visible = entries.filter((entry) => !entry.name.startsWith('.'));
  if (visible.length === 0 && folder !== '') found.emptyFolders.push(folder);
  for (const entry of visible) {
    const id = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const kind = await kindOf(entry, join(root, id), found.endings);
    if (kind === 'folder') await visit(root, id, [...above, here], found);
    else if (kind === 'image') found.images.push({ id, path: join(root, id), label: folder || null });
    else found.otherFiles++;
  }
}

async function kindOf(
  entry: Dirent,
  path: string,
  endings: ReadonlySet<string>,
): Promise<'folder' | 'image' | 'other'> {
  const target = entry.isSymbolicLink() ? await stat(path).catch(() => entry) : entry;
  if (target.isDirectory()) return 'folder';
  return target.isFile() && endings.has(extname(entry.name).toLowerCase()) ? 'image' : 'other';
}

function noImages(root: string, otherFiles: number): SinterError {
  const others = otherFiles === 0 ? 'it is empty' : `it has ${otherFiles} files of other kinds only`;
  const endings = [...IMAGE_EXTENSIONS].join(' ');
  return new SinterError('bad-data', `Expected images (${endings}) below ${root}; ${others}.`);
}

function emptyFolderWarnings(folders: string[]): string[] {
  if (folders.length === 0) return [];
  const are = folders.length === 1 ? 'folder is' : 'folders are';
  return [`${folders.length} ${are} empty: ${listFirst(folders.sort())}.`];
}
