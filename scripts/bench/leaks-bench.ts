/** The bench `leaks`: which of planted copies, by kind, the audit finds in a test, and which other images it takes for copies. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLeaks, type Leak } from '../../retrieval/audit/find-leaks.ts';
import type { ImageFile, LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { readImageSet } from '../../retrieval/dataset/read-data-set.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { type Random, seededRandom, shuffled } from '../../retrieval/random.ts';
import type { Finding } from './finding.ts';
import { timed } from './in-pairs.ts';
import { COPY_KINDS, type CopyKind, copyOf } from './planted-copies.ts';

export type LeaksBench = { data: string; originals: number; copied: number; seed: number };

/** Besides, training has parts of images that the test has as they are. */
const KINDS = [...COPY_KINDS, 'cropped in training'] as const;
type Kind = (typeof KINDS)[number];

/** `originalOf` and `kindOf` by the path of an image of the test that has a copy in training. */
type Planted = {
  test: LabelledImage[];
  training: LabelledImage[];
  originalOf: Map<string, string>;
  kindOf: Map<string, Kind>;
};

export async function leaksBench(
  { data, originals, copied, seed }: LeaksBench,
  work: LongWork = {},
): Promise<Finding> {
  const random = seededRandom(seed, 'leaks');
  const { images } = await readImageSet(data);
  const chosen = shuffled(images, random).slice(0, 2 * originals);
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  try {
    const planted = await plant(folder, chosen, copied, random, work);
    let leaks: Leak[] = [];
    const ms = await timed(async () => {
      ({ leaks } = await findLeaks(planted.test, planted.training, work));
    });
    const figures = {
      'images of training': planted.training.length,
      'images of the test': planted.test.length,
      ...figuresOf(planted, leaks),
      seconds: ms / 1000,
    };
    return { bench: 'leaks', peer: 'the planted copies', ratio: null, claims: [], figures };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Half of the images are training's, the others the test's, to which copies of the first of training's come. */
async function plant(
  folder: string,
  images: readonly ImageFile[],
  copied: number,
  random: Random,
  { onProgress, signal }: LongWork,
): Promise<Planted> {
  const half = Math.floor(images.length / 2);
  const training = images.slice(0, half).map(unlabelled);
  const test = images.slice(half).map(unlabelled);
  const planted: Planted = { test, training, originalOf: new Map(), kindOf: new Map() };
  const write = async (of: ImageFile, kind: CopyKind, name: string): Promise<LabelledImage> => {
    const path = join(folder, name);
    await writeFile(path, await copyOf(await readFile(of.path), kind, random));
    return { id: name, path, label: '' };
  };
  for (let i = 0; i < Math.min(copied, half); i++) {
    stopIfAborted(signal);
    const [seen, unseen] = [images[i] as ImageFile, images[half + i] as ImageFile];
    for (const kind of COPY_KINDS) {
      const copy = await write(seen, kind, `${i} ${kind}.jpg`);
      test.push(copy);
      plantOne(planted, copy.path, seen.path, kind);
    }
    const part = await write(unseen, 'cropped more', `${i} of the test.jpg`);
    training.push(part);
    plantOne(planted, unseen.path, part.path, 'cropped in training');
    onProgress?.({ stage: 'planting', done: i + 1, total: copied });
  }
  return planted;
}

function plantOne({ originalOf, kindOf }: Planted, test: string, training: string, kind: Kind): void {
  originalOf.set(test, training);
  kindOf.set(test, kind);
}

function unlabelled({ id, path }: ImageFile): LabelledImage {
  return { id, path, label: '' };
}

/** Recall of a kind: its copies that are found with their original. Precision: of all found copies of the kind, those. */
function figuresOf({ test, originalOf, kindOf }: Planted, leaks: readonly Leak[]): Finding['figures'] {
  const figures: Finding['figures'] = {};
  const isRight = (leak: Leak) => originalOf.get(leak.test.path) === leak.training.path;
  for (const kind of KINDS) {
    const all = test.filter(({ path }) => kindOf.get(path) === kind).length;
    const found = leaks.filter((leak) => kindOf.get(leak.test.path) === kind);
    const right = found.filter(isRight).length;
    const precision = found.length === 0 ? 1 : right / found.length;
    figures[kind] = `recall ${(right / all).toFixed(3)}, precision ${precision.toFixed(3)}`;
  }
  const others = test.filter(({ path }) => !kindOf.has(path)).length;
  const wrong = leaks.filter((leak) => !kindOf.has(leak.test.path)).length;
  figures['other images taken for copies'] = `${wrong} of ${others}`;
  return figures;
}
