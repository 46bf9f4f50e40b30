/** Items, a model and a place for tests of galleries. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import { openGallery } from './gallery.ts';
import type { Gallery, Hit, ItemId, NewItem } from './item.ts';

export const DIM = 16;
export const MODEL = { id: 'a1'.repeat(32), dim: DIM, folder: '/models/small', name: 'small' };

const data = clusteredVectors(2000, DIM, 20, 0.3);

export const itemId = (i: number) => `class-${i % 20}/${String(i).padStart(4, '0')}.png` as ItemId;

/** The vector of item `i`, 0 to 1999: those whose numbers are the same modulo 20 are alike. */
export const vectorOf = (i: number): Float32Array => data.row(i);

/** Item `i`; `vector` stands for its image, so that its content hash follows from it. */
export function newItem(i: number, vector = vectorOf(i)): NewItem {
  return {
    id: itemId(i),
    source: `/images/${itemId(i)}`,
    contentHash: createHash('sha256').update(vector).digest('hex'),
    label: `class-${i % 20}`,
    metadata: { number: i },
    sizeBytes: 1000 + i,
    vector,
  };
}

export const newItems = (from: number, to: number): NewItem[] =>
  Array.from({ length: to - from }, (_, i) => newItem(from + i));

export const idsOf = (hits: Hit[]): ItemId[] => hits.map((hit) => hit.item.id);

/** A folder that each test has anew, and the gallery `shop` in it; what a test leaves open is closed after it. */
export function galleriesOfTests() {
  const opened: Gallery[] = [];
  const galleries = {
    folder: '',
    async open(options: Partial<Parameters<typeof openGallery>[0]> = {}): Promise<Gallery> {
      const { folder } = galleries;
      const gallery = await openGallery({ folder, name: 'shop', model: MODEL, create: true, ...options });
      opened.push(gallery);
      return gallery;
    },
  };
  beforeEach(async () => {
    galleries.folder = await mkdtemp(join(tmpdir(), 'sinter-gallery-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((gallery) => gallery.close()));
    await rm(galleries.folder, { recursive: true });
  });
  return galleries;
}
