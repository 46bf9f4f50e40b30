/**
 * Images of a test that training has seen: the same file, or the same picture, also mirrored or cut. Pictures are compared, not
 * embeddings, which are made to be near for different images of a class. Knows nothing of models.
 */
import { readFile } from 'node:fs/promises';
import type { LabelledImage } from '../dataset/labelled-image.ts';
import { contentHash } from '../image/content-hash.ts';
import { decoders } from '../image/decoders.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import type { Fit } from './align.ts';
import { findViews } from './find-views.ts';
import { type Box, mirrored, type Picture, SIDE } from './picture.ts';

/**
 * `same`: byte for byte; `near`: resized, recompressed or hardly changed; `flipped`: mirrored from left to right;
 * `cropped`: one shows a part of the other, at least half as wide and half as high.
 */
export const LEAK_KINDS = ['same', 'near', 'flipped', 'cropped', 'flipped and cropped'] as const;
export type LeakKind = (typeof LEAK_KINDS)[number];

export type Leak = {
  test: { id: string; path: string };
  training: { id: string; path: string };
  kind: LeakKind;
  /** Correlation of the two pictures, or of the one and the part of the other, 0 to 1. */
  correlation: number;
};

export type LeakReport = {
  /** Images that were compared: those that can be decoded. */
  tested: number;
  trained: number;
  /** Correlation from which on two pictures count as the same. */
  threshold: number;
  leaks: Leak[];
};

/** Copies lie above this once they are laid over each other, photos of two things, even alike, below. */
const THRESHOLD = 0.985;
const RULE = { fit: 'squash', resize: SIDE, crop: SIDE } as const;
/** A part that lacks less than this at every side is the whole: it lies so by the size of a pixel. */
const NEARLY_WHOLE = 0.03;

/** Throws `interrupted`. Files that cannot be decoded are passed over. */
export async function findLeaks(
  test: readonly LabelledImage[],
  training: readonly LabelledImage[],
  work: LongWork = {},
): Promise<LeakReport> {
  const tested = await sketch(test, work);
  const trained = await sketch(training, work);
  const same = sameFiles(tested, trained);
  const leaks = new Map(same.map((leak) => [leak.test.id, leak]));
  const others = tested.filter(({ image }) => !leaks.has(image.id));
  for (const leak of [
    ...(await samePictures(others, trained, false, work)),
    ...(await samePictures(others, trained, true, work)),
  ]) {
    const known = leaks.get(leak.test.id);
    if (!known || isMoreAlike(leak, known)) leaks.set(leak.test.id, leak);
  }
  return {
    tested: tested.length,
    trained: trained.length,
    threshold: THRESHOLD,
    leaks: test.flatMap(({ id }) => leaks.get(id) ?? []),
  };
}

type Sketch = { image: LabelledImage; hash: string; picture: Picture };

function sameFiles(tested: readonly Sketch[], trained: readonly Sketch[]): Leak[] {
  const byHash = new Map(trained.map((sketch) => [sketch.hash, sketch]));
  return tested.flatMap((test) => {
    const training = byHash.get(test.hash);
    return training ? [leakOf(test, training, 'same', 1)] : [];
  });
}

/** Of two that are both flipped or both not; a picture that is its own mirror image is not called flipped. */
function isMoreAlike(leak: Leak, known: Leak): boolean {
  return isFlipped(leak.kind) === isFlipped(known.kind) && leak.correlation > known.correlation;
}

/** The test's pictures, mirrored or as they are, as parts of those of training, and the other way round. */
async function samePictures(
  tested: readonly Sketch[],
  trained: readonly Sketch[],
  flipped: boolean,
  work: LongWork,
): Promise<Leak[]> {
  if (tested.length === 0 || trained.length === 0) return [];
  const tests = tested.map(({ picture }) => (flipped ? mirrored(picture) : picture));
  const trainings = trained.map(({ picture }) => picture);
  const found = (test: number, training: number, { box, correlation }: Fit) =>
    leakOf(tested[test] as Sketch, trained[training] as Sketch, kindOf(box, flipped), correlation);
  const inTraining = await findViews(tests, trainings, THRESHOLD, work);
  const inTest = await findViews(trainings, tests, THRESHOLD, work);
  return [
    ...inTraining.map(({ part, whole, ...fit }) => found(part, whole, fit)),
    ...inTest.map(({ part, whole, ...fit }) => found(whole, part, fit)),
  ];
}

function kindOf({ left, top, right, bottom }: Box, flipped: boolean): LeakKind {
  const isWhole = Math.max(left, top, 1 - right, 1 - bottom) <= NEARLY_WHOLE;
  if (isWhole) return flipped ? 'flipped' : 'near';
  return flipped ? 'flipped and cropped' : 'cropped';
}

function isFlipped(kind: LeakKind): boolean {
  return kind === 'flipped' || kind === 'flipped and cropped';
}

function leakOf(test: Sketch, training: Sketch, kind: LeakKind, correlation: number): Leak {
  const named = ({ image: { id, path } }: Sketch) => ({ id, path });
  return { test: named(test), training: named(training), kind, correlation: Math.min(1, correlation) };
}

async function sketch(images: readonly LabelledImage[], { onProgress, signal }: LongWork): Promise<Sketch[]> {
  const sketched: Sketch[] = [];
  for (let from = 0; from < images.length; from += decoders.atOnce) {
    stopIfAborted(signal);
    const some = images.slice(from, from + decoders.atOnce);
    for (const one of await Promise.all(some.map(sketchOf))) if (one) sketched.push(one);
    onProgress?.({ stage: 'looking for leaks', done: from + some.length, total: images.length });
  }
  return sketched;
}

async function sketchOf(image: LabelledImage): Promise<Sketch | undefined> {
  try {
    const bytes = await readFile(image.path);
    const { data } = await decoders.decode(bytes, RULE);
    return { image, hash: contentHash(bytes), picture: data };
  } catch {
    return undefined;
  }
}
