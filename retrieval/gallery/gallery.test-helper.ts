/** Items and a model for tests of galleries. */
import { createHash } from 'node:crypto';
import { clusteredVectors } from '../index/clustered-vectors.test-helper.ts';
import type { ItemId, NewItem } from './item.ts';

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
