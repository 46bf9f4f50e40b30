/**
 * Decoded pixels of a data set in one file, image after image, so that epochs do not decode again.
 * Written in order: a run that was stopped continues where the file ends.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, type FileHandle, mkdir, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { SinterError } from '../../retrieval/errors.ts';
import { decoders } from '../../retrieval/image/decoders.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';

/** An image that cannot be trained on, and why. */
export type Skipped = { path: string; reason: string };

export type PixelStore = {
  /** Side of the stored squares in pixels. */
  size: number;
  /** The images that could be decoded, in the order of the records. */
  images: LabelledImage[];
  skipped: Skipped[];
  /** The pixels of the image at `position` of `images`, uint8 [size, size, 3], read into `into`. */
  read(position: number, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
};

/**
 * Decodes every image, scaled to `size` × `size` by `fit`, into `folder`, or opens what is there already.
 * Images that cannot be decoded are left out and listed.
 */
export async function openPixelStore(
  folder: string,
  images: LabelledImage[],
  rule: { fit: 'squash' | 'cover' | 'contain'; size: number },
  work: LongWork = {},
): Promise<PixelStore> {
  await mkdir(folder, { recursive: true });
  const name = await storeName(images, rule);
  const path = join(folder, `${name}.pixels`);
  const skippedPath = join(folder, `${name}.skipped`);
  await fill(path, skippedPath, images, rule, work);
  const skipped = await readSkipped(skippedPath);
  const left = new Set(skipped.map((entry) => entry.path));
  const kept = images
    .map((image, record) => ({ image, record }))
    .filter(({ image }) => !left.has(image.path));
  const file = await open(path, 'r');
  const recordBytes = bytesPerImage(rule.size);
  return {
    size: rule.size,
    images: kept.map(({ image }) => image),
    skipped,
    async read(position, into) {
      await file.read(into, 0, recordBytes, kept[position].record * recordBytes);
    },
    close: () => file.close(),
  };
}

/** Decodes what is missing at the end of the file; a record that is cut short is written again. */
async function fill(
  path: string,
  skippedPath: string,
  images: LabelledImage[],
  rule: { fit: 'squash' | 'cover' | 'contain'; size: number },
  { onProgress, signal }: LongWork,
): Promise<void> {
  const recordBytes = bytesPerImage(rule.size);
  const present = Math.floor(((await stat(path).catch(() => undefined))?.size ?? 0) / recordBytes);
  const file = await open(path, present === 0 ? 'w' : 'r+');
  try {
    for (let done = present; done < images.length; done += decoders.atOnce) {
      stopIfAborted(signal);
      const chunk = images.slice(done, done + decoders.atOnce);
      await writeChunk(
        file,
        done * recordBytes,
        skippedPath,
        await Promise.all(chunk.map((image) => decodeOrExplain(image, rule))),
        recordBytes,
      );
      onProgress?.({ stage: 'decoding', done: done + chunk.length, total: images.length });
    }
  } finally {
    await file.close();
  }
}

type Decoded = { image: LabelledImage; pixels?: Uint8Array; reason?: string };

async function writeChunk(
  file: FileHandle,
  position: number,
  skippedPath: string,
  decoded: Decoded[],
  recordBytes: number,
): Promise<void> {
  const failed = decoded.filter(({ reason }) => reason !== undefined);
  // The reasons go first: a record without its reason would be trained on as a black image.
  if (failed.length > 0)
    await appendFile(
      skippedPath,
      failed.map(({ image, reason }) => `${JSON.stringify({ path: image.path, reason })}\n`).join(''),
    );
  const records = decoded.map(({ pixels }) => pixels ?? new Uint8Array(recordBytes));
  await file.write(Buffer.concat(records), 0, records.length * recordBytes, position);
}

async function decodeOrExplain(
  image: LabelledImage,
  { fit, size }: { fit: 'squash' | 'cover' | 'contain'; size: number },
): Promise<Decoded> {
  try {
    const { data } = await decoders.decode(await readFile(image.path), { fit, resize: size, crop: size });
    return { image, pixels: data };
  } catch (error) {
    if (error instanceof SinterError || (error as NodeJS.ErrnoException).code !== undefined)
      return { image, reason: (error as Error).message };
    throw error;
  }
}

async function readSkipped(path: string): Promise<Skipped[]> {
  if (!(await stat(path).catch(() => undefined))) return [];
  const entries = new Map<string, Skipped>();
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const entry = JSON.parse(line) as Skipped;
    entries.set(entry.path, entry);
  }
  return [...entries.values()];
}

/** Named by what it is made of: changed files or another rule make another store. */
async function storeName(images: LabelledImage[], rule: { fit: string; size: number }): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(rule));
  for (const { path } of images) {
    const found = await stat(path).catch(() => undefined);
    hash.update(`\n${path}\0${found?.size}\0${found?.mtimeMs}`);
  }
  return hash.digest('hex').slice(0, 16);
}

function bytesPerImage(size: number): number {
  return size * size * 3;
}
