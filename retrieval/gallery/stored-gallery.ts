/** A gallery that is open: every write goes to the database first, then into the index that follows it. */
import { SinterError } from '../errors.ts';
import { createExactIndex } from '../index/exact.ts';
import type { HnswIndex } from '../index/hnsw.ts';
import type { Slot } from '../index/vector-index.ts';
import { seededRandom, shuffled } from '../random.ts';
import { Follower } from './follower.ts';
import type { Gallery, Hit, Item, ItemId, NewItem } from './item.ts';
import type { SlotChange, Store } from './store.ts';

/** The index file is saved when so many slots changed and they are a quarter of all: at every doubling, not at every write. */
const SAVE_AFTER_CHANGES = 2000;
const SAVE_AFTER_SHARE = 0.25;
/** How far the length of a unit vector may be off by rounding. */
const UNIT_TOLERANCE = 1e-3;

type SearchOptions = { exclude?: ItemId[] };

export class StoredGallery implements Gallery {
  readonly name: string;
  readonly #store: Store;
  readonly #hnsw: HnswIndex;
  readonly #approximate: Follower;
  readonly #warn: (sentence: string) => void;
  readonly #exact: Follower;
  #catchingUp: Promise<void> = Promise.resolve();
  #seenVersion: number;
  #unsaved = 0;
  #isClosed = false;

  private constructor(name: string, store: Store, hnsw: HnswIndex, held: Slot[], warn: (s: string) => void) {
    this.name = name;
    this.#store = store;
    this.#hnsw = hnsw;
    this.#approximate = new Follower(store, hnsw, held);
    this.#exact = new Follower(store, createExactIndex(store.model.dim), []);
    this.#warn = warn;
    this.#seenVersion = store.dataVersion();
  }

  /** Takes over the store and the index, and brings the index in step; `warn` is told when it had to be mended. */
  static async start(name: string, store: Store, hnsw: HnswIndex, warn: (sentence: string) => void) {
    const gallery = new StoredGallery(name, store, hnsw, await hnsw.slots(), warn);
    await gallery.#mendIndex();
    return gallery;
  }

  get model() {
    return this.#store.model;
  }

  size(): number {
    return this.#store.count();
  }

  item(id: ItemId): Item | undefined {
    return this.#store.item(id);
  }

  vector(id: ItemId): Float32Array | undefined {
    return this.#store.vector(id);
  }

  vectorOfContent(contentHash: string): Float32Array | undefined {
    return this.#store.vectorOfContent(contentHash);
  }

  items(): Iterable<Item> {
    return this.#store.items();
  }

  sample(n: number, seed: number): Item[] {
    const drawn = shuffled(this.#store.ids(), seededRandom(seed, 'sample'));
    return this.#store.itemsOfIds(drawn.slice(0, n));
  }

  async put(items: NewItem[]): Promise<void> {
    for (const item of items) checkItem(item, this.model.dim);
    await this.#follow(this.#store.put(items));
  }

  async remove(ids: ItemId[]): Promise<number> {
    const gone = this.#store.remove(ids);
    await this.#follow({ added: [], gone });
    return gone.length;
  }

  async search(vector: Float32Array, k: number, options: SearchOptions = {}): Promise<Hit[]> {
    this.#noticeOthers();
    return this.#nearest(this.#approximate, vector, k, options);
  }

  async searchExactly(vector: Float32Array, k: number, options: SearchOptions = {}): Promise<Hit[]> {
    await this.#exact.reconcile();
    return this.#nearest(this.#exact, vector, k, options);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#catchingUp;
    if (this.#unsaved > 0) await this.#save();
    await this.#approximate.close();
    await this.#exact.close();
    this.#store.close();
  }

  /**
   * Asks the index, and again for more while items are missing: those excluded, and those whose slot
   * is still in the index but no longer in the database.
   */
  async #nearest(follower: Follower, vector: Float32Array, k: number, { exclude = [] }: SearchOptions) {
    checkQuery(vector, k, this.model.dim);
    const excluded = new Set(exclude);
    for (let asked = k + excluded.size; ; asked *= 4) {
      const neighbours = await follower.index.search(vector, asked);
      const items = this.#store.itemsOfSlots(neighbours.map(({ slot }) => slot));
      const hits = neighbours.flatMap(({ slot, similarity }): Hit[] => {
        const item = items.get(slot);
        return item && !excluded.has(item.id) ? [{ item, similarity }] : [];
      });
      if (hits.length >= k || neighbours.length < asked) return hits.slice(0, k);
    }
  }

  async #follow(change: SlotChange): Promise<void> {
    await this.#approximate.apply(change);
    this.#unsaved += change.added.length + change.gone.length;
    if (this.#unsaved >= Math.max(SAVE_AFTER_CHANGES, SAVE_AFTER_SHARE * this.#hnsw.size()))
      await this.#save();
  }

  /** Another process may have written: its changes come into the indexes in the background. */
  #noticeOthers(): void {
    const version = this.#store.dataVersion();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    this.#catchingUp = this.#catchUp().catch((error: Error) => {
      this.#warn(`The index of gallery \`${this.name}\` is not up to date: ${error.message}`);
    });
  }

  async #catchUp(): Promise<void> {
    const { added, gone } = await this.#approximate.reconcile();
    this.#unsaved += added + gone;
  }

  async #mendIndex(): Promise<void> {
    const { problem } = this.#hnsw;
    const file = `The index file of gallery \`${this.name}\``;
    if (problem && this.size() > 0)
      this.#warn(`${file} is built again from the database, because ${problem}.`);
    const { added, gone } = await this.#approximate.reconcile();
    if (added + gone === 0) return;
    if (!problem) this.#warn(`${file} was behind: ${added} embeddings were added to it and ${gone} removed.`);
    await this.#save();
  }

  /** The file is a copy that can be built again, so that failing to write it is worth a word and no more. */
  async #save(): Promise<void> {
    this.#unsaved = 0;
    try {
      await this.#approximate.between(() => this.#hnsw.save());
    } catch (error) {
      this.#warn(`The index file of gallery \`${this.name}\` was not saved: ${(error as Error).message}`);
    }
  }
}

function checkItem({ id, vector, contentHash }: NewItem, dim: number): void {
  const complain = (what: string) => {
    throw new SinterError('bad-input', `Item \`${id}\`: expected ${what}.`);
  };
  if (typeof id !== 'string' || id === '') complain('an id that is not empty');
  if (!/^[0-9a-f]{64}$/.test(contentHash)) complain(`a sha256 in hex as contentHash, got \`${contentHash}\``);
  if (vector.length !== dim) complain(`an embedding of length ${dim}, got ${vector.length}`);
  const length = Math.hypot(...vector);
  if (!(Math.abs(length - 1) <= UNIT_TOLERANCE))
    complain(`an embedding of unit length, got length ${length}`);
}

function checkQuery(vector: Float32Array, k: number, dim: number): void {
  if (vector.length !== dim) {
    throw new SinterError('bad-input', `Expected a query embedding of length ${dim}, got ${vector.length}.`);
  }
  if (!vector.every(Number.isFinite)) {
    throw new SinterError('bad-input', 'Expected a query embedding of finite numbers.');
  }
  if (!Number.isInteger(k) || k < 1) {
    throw new SinterError('bad-input', `Expected \`k\` to be a whole number of at least 1, got ${k}.`);
  }
}
