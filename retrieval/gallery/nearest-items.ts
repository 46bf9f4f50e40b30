/** From a query's vector to items: asks an index for slots, and for more while too few of them are items that are wanted. */
import { SinterError } from '../errors.ts';
import type { Neighbour, SlotList } from '../index/vector-index.ts';
import type { Hit, SearchOptions } from './item.ts';
import type { ItemStore } from './item-store.ts';

type Wanted = Omit<SearchOptions, 'filter'> & {
  /** The slots that the filter lets through. */ only?: SlotList | undefined;
};

type Search = (vector: Float32Array, k: number, only?: SlotList) => Promise<Neighbour[]>;

/**
 * The min(k, matches) nearest items after `offset`. Slots may be in the index still and no longer in the database; they
 * are passed over like items that are excluded.
 */
export async function nearestItems(
  items: ItemStore,
  search: Search,
  vector: Float32Array,
  k: number,
  { exclude = [], minSimilarity = -1, offset = 0, only }: Wanted,
): Promise<Hit[]> {
  const excluded = new Set(exclude);
  if (only?.length === 0) return [];
  const wanted = offset + k;
  for (let asked = wanted + excluded.size; ; asked *= 4) {
    const neighbours = await search(vector, asked, only);
    const near = neighbours.filter(({ similarity }) => similarity >= minSimilarity);
    const found = items.itemsOfSlots(near.map(({ slot }) => slot));
    const hits = near.flatMap(({ slot, similarity }): Hit[] => {
      const item = found.get(slot);
      return item && !excluded.has(item.id) ? [{ item, similarity }] : [];
    });
    const isAll = neighbours.length < asked || neighbours.at(-1)!.similarity < minSimilarity;
    if (hits.length >= wanted || isAll) return hits.slice(offset, wanted);
  }
}

/** Throws `bad-input` for a query that no model of vectors of this length can have made. */
export function checkQuery(vector: Float32Array, k: number, dim: number, options: SearchOptions): void {
  const complain = (what: string) => {
    throw new SinterError('bad-input', `Expected ${what}.`);
  };
  if (vector.length !== dim) complain(`a query embedding of length ${dim}, got ${vector.length}`);
  if (!vector.every(Number.isFinite)) complain('a query embedding of finite numbers');
  if (!Number.isInteger(k) || k < 1) complain(`\`k\` to be a whole number of at least 1, got ${k}`);
  const { offset = 0, minSimilarity = 0 } = options;
  if (!Number.isInteger(offset) || offset < 0)
    complain(`\`offset\` to be a whole number of at least 0, got ${offset}`);
  if (!(minSimilarity >= -1 && minSimilarity <= 1))
    complain(`\`minSimilarity\` to be from -1 to 1, got ${minSimilarity}`);
}
