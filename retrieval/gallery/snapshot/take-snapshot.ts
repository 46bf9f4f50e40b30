/**
 * Copies a gallery as it is at one moment into a folder, while it is served and written to: its database, the image
 * files that it keeps itself, and a manifest. Indexes are not copied: they are derived.
 */
import { existsSync } from 'node:fs';
import { copyFile, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SinterError } from '../../errors.ts';
import { type LongWork, stopIfAborted } from '../../progress.ts';
import { DATABASE, expectGallery } from '../gallery.ts';
import { Store } from '../store.ts';
import {
  hashFile,
  MANIFEST,
  type Manifest,
  type ManifestFile,
  manifestText,
  newManifest,
} from './manifest.ts';

/** An image may be removed between the copying of the database and its own; then the database is copied again. */
const MOST_ROUNDS = 5;

export type SnapshotOptions = {
  /** The folder that holds the galleries. */
  folder: string;
  name: string;
  /** Where the snapshot goes; must not be there. */
  to: string;
};

export type SnapshotReport = {
  manifest: Manifest;
  /** Items whose image file is kept elsewhere, and is not in the snapshot. */
  imagesElsewhere: number;
};

/** Takes a snapshot. Throws `not-found` for no such gallery, `conflict` where `to` is there already, and `interrupted`. */
export async function takeSnapshot(options: SnapshotOptions, work: LongWork = {}): Promise<SnapshotReport> {
  const { folder, name } = options;
  const to = resolve(options.to);
  await expectGallery(folder, name);
  if (existsSync(to)) throw new SinterError('conflict', `${to} is there already. Name a folder that is not.`);
  const temporary = `${to}.tmp-${process.pid}`;
  try {
    await mkdir(temporary, { recursive: true });
    const images = await copyMoment(resolve(folder, name), temporary, work);
    const report = await describe(temporary, images);
    await writeFile(join(temporary, MANIFEST), manifestText(report.manifest));
    await syncFile(join(temporary, MANIFEST));
    await rename(temporary, to);
    await syncFile(dirname(to));
    return report;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Copies the database and then the images that it refers to, whose paths within the gallery it returns. */
async function copyMoment(from: string, to: string, work: LongWork): Promise<string[]> {
  const copied = new Set<string>();
  let missing: string[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    await copyDatabase(join(from, DATABASE), join(to, DATABASE));
    const images = imagesOf(join(to, DATABASE));
    missing = await copyImages(from, to, images, copied, work);
    if (missing.length > 0) continue;
    await removeOthers(to, copied, images);
    return images;
  }
  const some = `${missing.slice(0, 3).join(', ')}${missing.length > 3 ? ', …' : ''}`;
  const advice =
    'Run `sinter verify` on the gallery; put the items of these images in again, or remove them.';
  throw new SinterError(
    'bad-gallery',
    `${missing.length} image files of ${from} are not there: ${some}. ${advice}`,
  );
}

async function removeOthers(to: string, copied: Set<string>, images: string[]): Promise<void> {
  const wanted = new Set(images);
  for (const path of copied) if (!wanted.has(path)) await rm(join(to, path));
}

async function copyDatabase(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  const store = new Store(from);
  try {
    store.db.copyTo(to);
  } finally {
    store.close();
  }
  await syncFile(to);
}

function imagesOf(database: string): string[] {
  const store = new Store(database, { readOnly: true });
  try {
    return store.items.keptImages().map(({ source }) => source);
  } finally {
    store.close();
  }
}

/** Copies what is not copied yet; returns what is not there. */
async function copyImages(
  from: string,
  to: string,
  images: string[],
  copied: Set<string>,
  { onProgress, signal }: LongWork,
): Promise<string[]> {
  const missing: string[] = [];
  for (const [i, path] of images.entries()) {
    stopIfAborted(signal);
    if (copied.has(path)) continue;
    if (existsSync(join(from, path))) {
      await mkdir(dirname(join(to, path)), { recursive: true });
      await copyFile(join(from, path), join(to, path));
      await syncFile(join(to, path));
      copied.add(path);
    } else missing.push(path);
    onProgress?.({ stage: 'copying images', done: i + 1, total: images.length });
  }
  return missing;
}

async function describe(folder: string, images: string[]): Promise<SnapshotReport> {
  const files: ManifestFile[] = [];
  for (const path of [DATABASE, ...images]) {
    const { size } = await stat(join(folder, path));
    files.push({ path, sizeBytes: size, sha256: await hashFile(join(folder, path)) });
  }
  const store = new Store(join(folder, DATABASE), { readOnly: true });
  try {
    const { id, name, dim } = store.embeddings.model(store.embeddings.activeModel())!;
    const items = store.items.countOf(undefined);
    const about = {
      gallery: store.name(),
      takenAt: new Date().toISOString(),
      model: { id, name, dim },
      items,
      files,
    };
    return { manifest: newManifest(about), imagesElsewhere: store.items.elsewhere().length };
  } finally {
    store.close();
  }
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
