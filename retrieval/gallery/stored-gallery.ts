/** A gallery that is open: every write goes to the database first, then into the indexes that follow it. */
import { setImmediate } from 'node:timers/promises';
import { SinterError } from '../errors.ts';
import type { GraphState } from '../index/hnsw-worker.ts';
import { seededRandom } from '../random.ts';
import { checkEmbedded } from './check-vectors.ts';
import type { Filter } from './filter.ts';
import { GalleryClusters } from './gallery-clusters.ts';
import { GalleryDuplicates } from './gallery-duplicates.ts';
import { GalleryMaps } from './gallery-map.ts';
import { forgetImage, forgetStrayImages, storeImage } from './image-files.ts';
import type {
  FieldSummary,
  Gallery,
  Hit,
  Item,
  ItemId,
  ItemPage,
  ItemPatch,
  LabelCount,
  ListOptions,
  NewEmbedding,
  NewItem,
  SearchOptions,
  WriteOptions,
} from './item.ts';
import type { JobStore } from './job-store.ts';
import type { ModelIndex } from './model-index.ts';
import { ModelIndexes } from './model-indexes.ts';
import type { ModelRef, ModelState } from './model-ref.ts';
import { checkQuery, nearestItems } from './nearest-items.ts';
import type { Search } from './place-embeddings.ts';
import { RecallWatch, type WatchedRecall } from './recall-watch.ts';
import { Scans } from './scans.ts';
import type { Store } from './store.ts';

/** Embeddings that are read at a time, and so lie in memory together. */
const PAGE = 4096;

export type StoredGalleryOptions = {
  name: string;
  folder: string;
  store: Store;
  warn: (sentence: string) => void;
  /** How often the recall of the index is checked; 0 for never. */
  recallCheckMs: number;
};

export class StoredGallery implements Gallery {
  readonly name: string;
  readonly folder: string;
  readonly jobs: JobStore;
  readonly clusters: GalleryClusters;
  readonly duplicates: GalleryDuplicates;
  readonly map: GalleryMaps;
  readonly #store: Store;
  readonly #indexes: ModelIndexes;
  readonly #scans: Scans;
  readonly #recall: RecallWatch;
  /** Image files that were stored and that no item refers to yet. */
  readonly #awaited = new Set<string>();
  #isClosed = false;

  private constructor({ name, folder, store, recallCheckMs }: StoredGalleryOptions, indexes: ModelIndexes) {
    this.name = name;
    this.folder = folder;
    this.jobs = store.jobs;
    const search: Search = (vector, k, exclude) => this.search(vector, k, { exclude });
    this.clusters = new GalleryClusters(store, search);
    this.duplicates = new GalleryDuplicates(store);
    this.map = new GalleryMaps(store, search);
    this.#store = store;
    this.#indexes = indexes;
    this.#scans = new Scans(store.db.file);
    this.#recall = new RecallWatch((...asked) => this.#indexes.active.checkRecall(...asked), recallCheckMs);
  }

  /** Takes over the store, opens the index of its model and brings it in step. */
  static async open(options: StoredGalleryOptions): Promise<StoredGallery> {
    const kept = new Set(options.store.items.keptImages().map(({ source }) => source));
    await forgetStrayImages(options.folder, kept);
    const indexes = await ModelIndexes.open({ ...options, galleryName: options.name });
    return new StoredGallery(options, indexes);
  }

  get model(): Required<ModelRef> {
    const { id } = this.#indexes.active.model;
    return this.#store.embeddings.model(id) ?? this.#indexes.active.model;
  }

  version(): number {
    return this.#store.version();
  }

  isRemoved(): boolean {
    return this.#store.isRemoved();
  }

  markRemoved(): void {
    this.#store.markRemoved();
  }

  size(): number {
    return this.#store.items.count();
  }

  item(id: ItemId): Item | undefined {
    return this.#store.items.item(id);
  }

  vector(id: ItemId): Float32Array | undefined {
    return this.#store.embeddings.vector(id, this.#modelId);
  }

  vectorOfContent(contentHash: string, model = this.#modelId): Float32Array | undefined {
    return this.#store.embeddings.vectorOfContent(contentHash, model);
  }

  items(root?: string): Iterable<Item> {
    return this.#store.items.items(root);
  }

  async *embeddings(): AsyncGenerator<{ ids: ItemId[]; vectors: Float32Array }> {
    const model = this.#modelId;
    for (let after: number | undefined = 0; after !== undefined; await setImmediate()) {
      const { ids, vectors, last } = this.#store.embeddings.page(model, after, PAGE);
      if (ids.length > 0) yield { ids, vectors };
      after = last;
    }
  }

  sample(n: number, seed: number): Item[] {
    return this.#store.items.sample(n, seededRandom(seed, 'sample'));
  }

  async list(options: ListOptions): Promise<ItemPage> {
    const goesThroughMany = options.filter !== undefined || (options.offset ?? 0) > 0;
    return goesThroughMany ? this.#scans.page(options) : this.#store.items.page(options);
  }

  async count(filter?: Filter): Promise<number> {
    return filter ? this.#scans.count(filter) : this.size();
  }

  async labels(filter?: Filter): Promise<LabelCount[]> {
    return this.#scans.labels(filter);
  }

  async fields(filter?: Filter): Promise<FieldSummary[]> {
    return this.#scans.fields(filter);
  }

  async put(
    items: NewItem[],
    { model = this.#modelId, ...options }: WriteOptions & { model?: string } = {},
  ): Promise<void> {
    this.#indexes.noticeOthers();
    for (const item of items) checkEmbedded(item, this.model.dim);
    const { change, sources } = this.#store.put(items, model, options);
    for (const { source } of items) this.#awaited.delete(source);
    await this.#indexes.follow(change);
    await this.#forgetUnneeded(sources);
  }

  async patch(ids: ItemId[], patch: ItemPatch, options?: WriteOptions): Promise<number> {
    return this.#store.patch(ids, patch, options);
  }

  async remove(ids: ItemId[], options?: WriteOptions): Promise<number> {
    const { count, change, sources } = this.#store.remove(ids, options);
    await this.#indexes.follow(change);
    await this.#forgetUnneeded(sources);
    return count;
  }

  async storeImage(bytes: Uint8Array): Promise<string> {
    const path = await storeImage(this.folder, bytes);
    this.#awaited.add(path);
    return path;
  }

  search(vector: Float32Array, k: number, options: SearchOptions = {}): Promise<Hit[]> {
    return this.#nearest('search', vector, k, options);
  }

  searchExactly(vector: Float32Array, k: number, options: SearchOptions = {}): Promise<Hit[]> {
    return this.#nearest('searchExactly', vector, k, options);
  }

  models(): ModelState[] {
    return this.#store.embeddings.models();
  }

  missing(modelId: string, limit: number): Item[] {
    return this.#store.items.itemsOfIds(this.#store.embeddings.missing(modelId, limit));
  }

  async putEmbeddings(model: ModelRef, embeddings: NewEmbedding[]): Promise<number> {
    for (const embedding of embeddings) checkEmbedded(embedding, model.dim);
    const { count, change } = this.#store.putEmbeddings(model, embeddings);
    await this.#indexes.follow(change);
    return count;
  }

  async activate(modelId: string): Promise<void> {
    this.#store.expectComplete(modelId);
    const index = await this.#indexes.prepare(modelId);
    this.#store.activate(modelId);
    this.#indexes.use(index);
  }

  async dropModel(modelId: string): Promise<void> {
    this.#store.expectDroppable(modelId);
    await this.#indexes.drop(modelId);
    this.#store.dropModel(modelId);
  }

  recall(): WatchedRecall | undefined {
    return this.#recall.last;
  }

  checkRecall(): Promise<WatchedRecall | undefined> {
    return this.#recall.check();
  }

  indexState(): Promise<GraphState> {
    return this.#indexes.active.state();
  }

  setting<T>(key: string): T | undefined {
    return this.#store.setting<T>(key);
  }

  setSetting(key: string, value: unknown): void {
    this.#store.setSetting(key, value);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#recall.stop();
    await this.#scans.close();
    await this.#indexes.close();
    this.#store.close();
  }

  async #forgetUnneeded(sources: string[]): Promise<void> {
    for (const source of new Set(sources)) {
      const isNeeded = this.#awaited.has(source) || this.#store.items.isSource(source);
      if (!isNeeded) await forgetImage(this.folder, source);
    }
  }

  async #nearest(
    method: 'search' | 'searchExactly',
    vector: Float32Array,
    k: number,
    options: SearchOptions,
  ): Promise<Hit[]> {
    this.#indexes.noticeOthers();
    await this.#indexes.beUsable();
    const index = this.#indexes.active;
    this.#expectActive(options.model);
    checkQuery(vector, k, index.model.dim, options);
    const search: ModelIndex['search'] = (...query) => index[method](...query);
    return index.during(async () => {
      const { filter } = options;
      const only = filter && (await this.#scans.slots(filter, index.model.id));
      return nearestItems(this.#store.items, search, vector, k, { ...options, only });
    });
  }

  #expectActive(model: string | undefined): void {
    if (model === undefined || model === this.#modelId) return;
    const [has, got] = [this.#modelId, model].map((id) => id.slice(0, 16));
    const message = `Gallery \`${this.name}\` is searched by model ${has}, and this query is by ${got}. Embed it with the gallery's model.`;
    throw new SinterError('wrong-model', message);
  }

  get #modelId(): string {
    return this.#indexes.active.model.id;
  }
}
