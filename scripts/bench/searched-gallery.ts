/**
 * What the benches `overhead` and `serving` search: a gallery that is there, or one made for the bench with a network that was never
 * trained and vectors drawn by a seed, since times do not depend on what the weights and vectors are.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import type { Gallery, ItemId, NewItem } from '../../retrieval/gallery/item.ts';
import type { ModelRef } from '../../retrieval/gallery/model-ref.ts';
import { contentHash } from '../../retrieval/image/content-hash.ts';
import { encodePng } from '../../retrieval/image/encode-png.ts';
import { clusteredVectors } from '../../retrieval/index/clustered-vectors.test-helper.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { type Random, seededRandom } from '../../retrieval/random.ts';
import { initialNetwork, writeUntrained } from '../untrained-bundle.ts';

export type Searched = {
  /** Folder that holds the gallery. */
  indexData: string;
  gallery: string;
  items: number;
  /** Image files. */
  queries: Uint8Array[];
};

const QUERIES = 64;
const QUERY_SIZE = 128;
const DISCS = 12;
/** Items to a class. */
const CLASS_SIZE = 10;
const SPREAD = 0.7;
const BATCH = 500;

/** A gallery that is there, searched by images of its own. */
export async function readGallery(indexData: string, name: string, seed: number): Promise<Searched> {
  const gallery = await openGallery({ folder: indexData, name });
  try {
    const files = gallery.sample(QUERIES, seed).map(({ source }) => readFile(source));
    return { indexData, gallery: name, items: gallery.size(), queries: await Promise.all(files) };
  } finally {
    await gallery.close();
  }
}

/** Makes a gallery of `items` in `folder`, of a model or of the network that `sinter train` makes by itself, and drawn queries. */
export async function makeGallery(
  folder: string,
  { items, seed, model: given }: { items: number; seed: number; model?: ModelRef },
  work: LongWork,
): Promise<Searched> {
  const random = seededRandom(seed, 'queries');
  const queries = await Promise.all(Array.from({ length: QUERIES }, () => drawQuery(random)));
  const model = given ?? (await writeUntrained(join(folder, 'model'), initialNetwork(seed), seed));
  const gallery = await openGallery({ folder, name: 'bench', model, create: true });
  try {
    await fill(gallery, items, seed, work);
  } finally {
    await gallery.close();
  }
  return { indexData: folder, gallery: 'bench', items, queries };
}

async function fill(gallery: Gallery, items: number, seed: number, { onProgress, signal }: LongWork) {
  const classes = Math.ceil(items / CLASS_SIZE);
  const { row } = clusteredVectors(items, gallery.model.dim, classes, SPREAD, seed);
  for (let done = 0; done < items; done += BATCH) {
    stopIfAborted(signal);
    const count = Math.min(BATCH, items - done);
    await gallery.put(Array.from({ length: count }, (_, i) => newItem(done + i, classes, row(done + i))));
    onProgress?.({ stage: 'filling the gallery', done: done + count, total: items });
  }
}

function newItem(number: number, classes: number, vector: Float32Array): NewItem {
  const label = `class ${number % classes}`;
  const id = `${label}/${number}.png` as ItemId;
  const hash = contentHash(Buffer.from(id));
  return { id, source: `/nowhere/${id}`, contentHash: hash, label, metadata: {}, sizeBytes: 1, vector };
}

/** Discs of many colours on white, as a PNG. */
function drawQuery(random: Random): Promise<Uint8Array> {
  const data = new Uint8Array(QUERY_SIZE * QUERY_SIZE * 3).fill(255);
  for (let disc = 0; disc < DISCS; disc++) drawDisc(data, random);
  return encodePng({ data, width: QUERY_SIZE, height: QUERY_SIZE });
}

function drawDisc(data: Uint8Array, random: Random): void {
  const [x, y, radius] = [random.integer(QUERY_SIZE), random.integer(QUERY_SIZE), 4 + random.integer(28)];
  const colour = [random.integer(256), random.integer(256), random.integer(256)];
  for (let row = 0; row < QUERY_SIZE; row++) {
    for (let column = 0; column < QUERY_SIZE; column++) {
      if ((column - x) ** 2 + (row - y) ** 2 <= radius ** 2)
        data.set(colour, (row * QUERY_SIZE + column) * 3);
    }
  }
}
