/**
 * Images of a test that training has seen: the same file, or nearly the same picture. Pictures are compared, not
 * embeddings, which are made to be near for different images of a class. Knows nothing of models.
 */
import { readFile } from 'node:fs/promises';
import type { LabelledImage } from '../dataset/labelled-image.ts';
import { contentHash } from '../image/content-hash.ts';
import { decodeImage } from '../image/decode.ts';
import { sharedProducts } from '../matrix/shared-products.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';

export type Leak = {
  test: { id: string; path: string };
  training: { id: string; path: string };
  /** `same`: byte for byte; `near`: resized, recompressed or hardly changed. */
  kind: 'same' | 'near';
  /** Correlation of the two pictures, 0 to 1. */
  correlation: number;
};

export type LeakReport = {
  /** Images that were compared: those that can be decoded. */
  tested: number;
  trained: number;
  /** Correlation from which on two pictures count as nearly the same. */
  threshold: number;
  leaks: Leak[];
};

/** Resizing and recompressing keep the correlation above this; photos of two things, even alike, lie below. */
const THRESHOLD = 0.995;
/** Side of the pictures that are compared. */
const SIDE = 16;
const RULE = { fit: 'squash', resize: SIDE, crop: SIDE } as const;
const LENGTH = SIDE * SIDE * 3;
/** Decoded at once. */
const AT_ONCE = 16;
/** Pictures of less contrast than this (standard deviation, of 255) are compared byte for byte only: they all look alike. */
const LEAST_CONTRAST = 2;

/** Throws `interrupted`. Files that cannot be decoded are passed over. */
export async function findLeaks(
  test: readonly LabelledImage[],
  training: readonly LabelledImage[],
  work: LongWork = {},
): Promise<LeakReport> {
  const tested = await sketch(test, work);
  const trained = await sketch(training, work);
  const byHash = new Map(trained.images.map((image) => [image.hash, image]));
  const leaks = new Map<string, Leak>();
  for (const { image, hash } of tested.images) {
    const same = byHash.get(hash);
    if (same) leaks.set(image.id, leakOf(image, same.image, 'same', 1));
  }
  if (trained.images.length > 0) await addNear(leaks, tested, trained, work);
  return {
    tested: tested.images.length,
    trained: trained.images.length,
    threshold: THRESHOLD,
    leaks: test.flatMap(({ id }) => leaks.get(id) ?? []),
  };
}

type Sketch = { image: LabelledImage; hash: string };
/** `pictures` float32 [n, LENGTH]: of mean 0 and unit length, so that products are correlations; zeros without contrast. */
type Sketches = { images: Sketch[]; pictures: Float32Array };

async function addNear(
  leaks: Map<string, Leak>,
  tested: Sketches,
  trained: Sketches,
  work: LongWork,
): Promise<void> {
  const { assign } = await sharedProducts();
  const { indices, similarities } = await assign(tested.pictures, trained.pictures, LENGTH, work);
  tested.images.forEach(({ image }, row) => {
    const correlation = similarities[row] as number;
    if (correlation < THRESHOLD || leaks.has(image.id)) return;
    const { image: other } = trained.images[indices[row] as number] as Sketch;
    leaks.set(image.id, leakOf(image, other, 'near', correlation));
  });
}

function leakOf(test: LabelledImage, training: LabelledImage, kind: Leak['kind'], correlation: number): Leak {
  const named = ({ id, path }: LabelledImage) => ({ id, path });
  return { test: named(test), training: named(training), kind, correlation };
}

async function sketch(images: readonly LabelledImage[], { onProgress, signal }: LongWork): Promise<Sketches> {
  const pictures = new Float32Array(images.length * LENGTH);
  const sketched: Sketch[] = [];
  for (let from = 0; from < images.length; from += AT_ONCE) {
    stopIfAborted(signal);
    const some = images.slice(from, from + AT_ONCE);
    for (const one of await Promise.all(some.map(sketchOf)))
      if (one) pictures.set(one.picture, sketched.push(one) * LENGTH - LENGTH);
    onProgress?.({ stage: 'looking for leaks', done: from + some.length, total: images.length });
  }
  return { images: sketched, pictures: pictures.subarray(0, sketched.length * LENGTH) };
}

async function sketchOf(image: LabelledImage): Promise<(Sketch & { picture: Float32Array }) | undefined> {
  try {
    const bytes = await readFile(image.path);
    const { data } = await decodeImage(bytes, RULE);
    return { image, hash: contentHash(bytes), picture: centred(data) };
  } catch {
    return undefined;
  }
}

/** Each colour less its own mean, so that what is left is the drawing; then of unit length. */
function centred(pixels: Uint8Array): Float32Array {
  const means = [0, 1, 2].map((colour) => meanOf(pixels, colour));
  const picture = Float32Array.from(pixels, (value, i) => value - (means[i % 3] as number));
  const length = Math.sqrt(picture.reduce((sum, value) => sum + value * value, 0));
  if (length < LEAST_CONTRAST * Math.sqrt(pixels.length)) return new Float32Array(pixels.length);
  return picture.map((value) => value / length);
}

function meanOf(pixels: Uint8Array, colour: number): number {
  let sum = 0;
  for (let i = colour; i < pixels.length; i += 3) sum += pixels[i] as number;
  return sum / (pixels.length / 3);
}
