/**
 * Reads the list of images that a user points at, a folder or a manifest file, and says what is wrong with it.
 * Opens no image: whether a file can be decoded is known only when it is.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SinterError } from '../errors.ts';
import type { DataSet, ImageFile, LabelledImage } from './labelled-image.ts';
import { listFirst } from './list-first.ts';
import { readFolder } from './read-folder.ts';
import { readManifest } from './read-manifest.ts';

/**
 * Reads a labelled set: a folder of class folders (the label is the image's folder, relative to the root) or a
 * manifest of `path,label[,split]` lines. Folders come in order of id, manifests in their own order.
 * Throws `not-found`, or `bad-data` where there is no image, no class, or a manifest line that cannot be right.
 */
export async function readDataSet(path: string): Promise<DataSet> {
  const { root, images, warnings } = await readImageSet(path);
  const labelled = images.filter((image): image is LabelledImage => image.label !== null);
  if (labelled.length === 0) throw noClasses(path, images);
  return { root, images: labelled, warnings: [...warnings, ...unlabelled(images), ...lonely(labelled)] };
}

/** Reads a set whose images need no label, such as a folder to index; otherwise as `readDataSet`. */
export async function readImageSet(path: string): Promise<DataSet<ImageFile>> {
  const root = resolve(path);
  const found = await stat(root).catch(() => undefined);
  if (!found) throw new SinterError('not-found', `There is no folder or manifest file ${root}.`);
  return found.isDirectory() ? readFolder(root) : readManifest(root);
}

function noClasses(path: string, images: ImageFile[]): SinterError {
  const first = images.map((image) => image.id);
  return new SinterError(
    'bad-data',
    `Expected a folder for each class, or a manifest with lines \`path,label\`; the ${images.length} images of ${path} have no class (${listFirst(first)}). Move each image into a folder named as its class.`,
  );
}

function unlabelled(images: ImageFile[]): string[] {
  const without = images.filter((image) => image.label === null).map((image) => image.id);
  if (without.length === 0) return [];
  return [
    `Left out ${without.length} of ${images.length} images, which have no class: ${listFirst(without)}.`,
  ];
}

function lonely(images: LabelledImage[]): string[] {
  const counts = new Map<string, number>();
  for (const { label } of images) counts.set(label, (counts.get(label) ?? 0) + 1);
  const single = [...counts].filter(([, count]) => count === 1).map(([label]) => label);
  if (single.length === 0) return [];
  return [
    `${single.length} of ${counts.size} classes have a single image, so it has no match to be near to: ${listFirst(single)}.`,
  ];
}
