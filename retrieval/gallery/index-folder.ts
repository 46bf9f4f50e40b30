/**
 * Makes a gallery hold the images of a folder or manifest: embeds what is new by content, and forgets what is gone.
 * Knows neither how the images were found nor how they are embedded.
 */
import { existsSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { DataSet, ImageFile } from '../dataset/labelled-image.ts';
import { SinterError } from '../errors.ts';
import { type EmbeddedFile, embedFiles, type SkippedFile } from '../model/embed-files.ts';
import type { Model } from '../model/model.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import type { Gallery, Item, ItemId, NewItem } from './item.ts';

/** Items that are looked at between two pauses: a few milliseconds. */
const STEP = 200;

export type IndexOptions = {
  /** Images that are written in one transaction; default 64. What is reported done is on disk. */
  batch?: number;
};

export type IndexReport = {
  added: number;
  /** The file has other content than before. */
  updated: number;
  unchanged: number;
  /** The content is the same, but its label, split or place is another; not embedded again. */
  relabelled: number;
  removed: number;
  skipped: { path: string; reason: string }[];
  /** How many images went through the model; content that the gallery knows does not, under whatever name. */
  embedded: number;
};

/**
 * Brings the images of the set into the gallery, and removes items of the same root whose file is gone or can no longer
 * be decoded. Items of the root that the set does not list but whose files are there stay: two manifests of one folder add up.
 * Throws `wrong-model`, `conflict` when an id belongs to a file of another root, and `interrupted`; it can then be run again.
 */
export async function indexImages(
  gallery: Gallery,
  model: Model,
  dataSet: DataSet<ImageFile>,
  { batch = 64 }: IndexOptions = {},
  { onProgress, signal }: LongWork = {},
): Promise<IndexReport> {
  requireSameModel(gallery, model);
  await refuseFilesOfOtherRoots(gallery, dataSet);
  const report = emptyReport();
  const total = dataSet.images.length;
  let waiting: NewItem[] = [];
  let done = 0;
  let following = Promise.resolve();
  // The items are on disk at once; while the index follows them, the next images are embedded.
  const commit = async () => {
    await following;
    const [items, reached] = [waiting, done];
    waiting = [];
    // Refused where the gallery was switched to another model meanwhile: these embeddings are not by that.
    const put = items.length > 0 ? gallery.put(items, { model: model.id }) : Promise.resolve();
    following = put.then(() => onProgress?.({ stage: 'indexing', done: reached, total }));
    following.catch(() => {}); // thrown where it is waited for
  };
  const known = (contentHash: string) =>
    gallery.vectorOfContent(contentHash, model.id) ??
    waiting.find((item) => item.contentHash === contentHash)?.vector;

  try {
    for await (const result of embedFiles(model, dataSet.images, { known, ...(signal && { signal }) })) {
      const item = judge(result, gallery, dataSet.root, report);
      if (item) waiting.push(item);
      done++;
      if (done % batch === 0) await commit();
    }
  } finally {
    // Also when interrupted: what was embedded so far need not be embedded again.
    await commit();
    await following;
  }
  stopIfAborted(signal);
  report.removed = await removeGone(gallery, dataSet, report);
  return report;
}

/** Counts the file in the report; returns the item to write, if there is anything to write. */
function judge(
  result: EmbeddedFile<ImageFile> | SkippedFile<ImageFile>,
  gallery: Gallery,
  root: string,
  report: IndexReport,
): NewItem | undefined {
  if ('skipped' in result) {
    report.skipped.push({ path: result.file.path, reason: result.skipped });
    return undefined;
  }
  const before = gallery.item(result.file.id as ItemId);
  const item = toItem(result, root, before);
  if (!result.wasKnown) report.embedded++;
  if (!before) report.added++;
  else if (before.contentHash !== item.contentHash) report.updated++;
  else if (!isSame(before, item)) report.relabelled++;
  else {
    report.unchanged++;
    return undefined;
  }
  return item;
}

function toItem(result: EmbeddedFile<ImageFile>, root: string, before: Item | undefined): NewItem {
  const { file, contentHash, sizeBytes, vector } = result;
  const { split: _, ...others } = before?.metadata ?? {};
  const metadata = file.split === undefined ? others : { ...others, split: file.split };
  const id = file.id as ItemId;
  return { id, source: file.path, root, contentHash, label: file.label, metadata, sizeBytes, vector };
}

function isSame(before: Item, item: NewItem): boolean {
  const isInPlace = before.source === item.source && before.root === item.root;
  return isInPlace && before.label === item.label && before.metadata.split === item.metadata.split;
}

async function removeGone(
  gallery: Gallery,
  dataSet: DataSet<ImageFile>,
  report: IndexReport,
): Promise<number> {
  const listed = new Set(dataSet.images.map((image) => image.id));
  const skipped = new Set(report.skipped.map(({ path }) => path));
  const gone: ItemId[] = [];
  for await (const { id, source } of withPauses(gallery.items(dataSet.root))) {
    if (listed.has(id) ? skipped.has(source) : !existsSync(source)) gone.push(id);
  }
  return gone.length > 0 ? gallery.remove(gone) : 0;
}

function requireSameModel(gallery: Gallery, model: Model): void {
  if (gallery.model.id === model.id) return;
  const [held, given] = [gallery.model.id, model.id].map((id) => id.slice(0, 16));
  const message = `Gallery \`${gallery.name}\` holds embeddings of model ${held}, not of ${given}. Index into another gallery.`;
  throw new SinterError('wrong-model', message);
}

/** A root that was moved as a whole may be indexed from its new place: its old files are gone. */
async function refuseFilesOfOtherRoots(
  gallery: Gallery,
  { root, images }: DataSet<ImageFile>,
): Promise<void> {
  for await (const { id } of withPauses(images)) {
    const item = gallery.item(id as ItemId);
    if (!item || item.root === root || !existsSync(item.source)) continue;
    const other = item.root
      ? `the one indexed from ${item.root}`
      : `${item.source}, which was put in by itself`;
    const advice = 'Index this folder into another gallery, or index a folder above both.';
    const message = `Gallery \`${gallery.name}\` has an item \`${id}\` already, ${other}; the images of ${root} have one of that name too. ${advice}`;
    throw new SinterError('conflict', message);
  }
}

/** The same, and now and then whatever else the process has to do: a server indexes too. */
async function* withPauses<T>(all: Iterable<T>): AsyncGenerator<T> {
  let count = 0;
  for (const each of all) {
    yield each;
    if (++count % STEP === 0) await setImmediate();
  }
}

function emptyReport(): IndexReport {
  return { added: 0, updated: 0, unchanged: 0, relabelled: 0, removed: 0, skipped: [], embedded: 0 };
}
