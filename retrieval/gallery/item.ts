/**
 * What a gallery holds, items under stable ids, each with the embedding that finds it; and what an open one can do, the
 * contract that servers, commands and jobs are written against.
 */
import type { GraphState } from '../index/hnsw-worker.ts';
import type { Filter } from './filter.ts';
import type { GalleryClusters } from './gallery-clusters.ts';
import type { GalleryDuplicates } from './gallery-duplicates.ts';
import type { GalleryMaps } from './gallery-map.ts';
import type { JobStore } from './job-store.ts';
import type { ModelRef, ModelState } from './model-ref.ts';
import type { WatchedRecall } from './recall-watch.ts';

/** The user's own name for an item, stable for its life; for an indexed folder the path relative to it. */
export type ItemId = string & { readonly brand: 'item' };

export type Item = {
  id: ItemId;
  /** Absolute path of the image file. */
  source: string;
  /** Absolute path of the data set that it was indexed from; absent for an item that was put in by itself. */
  root?: string;
  /** sha256 of the image file's bytes, hex. */
  contentHash: string;
  label: string | null;
  metadata: Record<string, unknown>;
  sizeBytes: number;
  /** ISO 8601, UTC. */
  updatedAt: string;
};

export type NewItem = Omit<Item, 'updatedAt'> & { /** float32 [dim], unit length. */ vector: Float32Array };

/** What is changed of items without embedding them again. */
export type ItemPatch = {
  label?: string | null;
  /** Merged into the metadata as by RFC 7396: null takes a name away, what is not named stays. */
  metadata?: Record<string, unknown>;
};

/** What a write is about to do to one item. */
export type ItemChange = {
  id: ItemId;
  /** As it is just now; undefined where it is to be added. */
  before: Item | undefined;
  /** As it is to be; undefined where it is to go. */
  after: Omit<Item, 'updatedAt'> | undefined;
};

export type WriteOptions = {
  /**
   * Asked of every item within the transaction that writes it, so that no other process can change it in between; what it
   * throws is what the write rejects with, and nothing of it is done.
   */
  allow?: ((change: ItemChange) => void) | undefined;
};

/** An embedding made by another model than the active one; it counts only while the item still has this content. */
export type NewEmbedding = { id: ItemId; contentHash: string; vector: Float32Array };

/** An item found by a search; `similarity` is the cosine, -1 to 1, higher is closer. */
export type Hit = { item: Item; similarity: number };

/** A part of all items in order of id; `next` is what to ask for the following part with, absent after the last. */
export type ItemPage = { items: Item[]; next?: ItemId };

export type LabelCount = { label: string | null; count: number };

/** What the items have at one path of their metadata. A path with texts and numbers has two. */
export type FieldSummary = {
  /** As a filter names it: `metadata.` and the path. */
  field: string;
  kind: 'text' | 'number' | 'boolean';
  /** Items that have it. */
  items: number;
  /** Different values. */
  distinct: number;
  /** The most frequent values, at most 20, most frequent first. */
  values: { value: string | number | boolean; count: number }[];
  /** Of numbers and texts. */
  range?: { min: string | number; max: string | number };
};

export type SearchOptions = {
  /** Items that are left out, such as the one that is searched with. */
  exclude?: ItemId[] | undefined;
  filter?: Filter | undefined;
  /** Neighbours that are less similar are left out, -1 to 1. */
  minSimilarity?: number | undefined;
  /** How many of the nearest are passed over, for paging. */
  offset?: number | undefined;
  /** The model that made the query's embedding, where that is not sure to be the active one. */
  model?: string | undefined;
};

export type ListOptions = {
  filter?: Filter | undefined;
  after?: ItemId | undefined;
  /** How many are passed over from there on; the more, the longer it takes. Default 0. */
  offset?: number | undefined;
  limit: number;
};

export interface Gallery {
  readonly name: string;
  /** Absolute path of the gallery's own folder. */
  readonly folder: string;
  /** The active model, whose embeddings searches compare. */
  readonly model: Required<ModelRef>;
  readonly jobs: JobStore;
  readonly clusters: GalleryClusters;
  readonly duplicates: GalleryDuplicates;
  readonly map: GalleryMaps;
  /** A number that grows with every change of items or models, by whatever process. */
  version(): number;
  size(): number;
  /** Whether a process removes or has removed the gallery, as `markRemoved` says; what is read of it then is of the past. */
  isRemoved(): boolean;
  /** To be called before the folder is deleted: from then on writes of items and models are refused with `not-found`, in whatever process. */
  markRemoved(): void;
  close(): Promise<void>;

  item(id: ItemId): Item | undefined;
  /** The item's embedding by the active model, float32 [dim]. */
  vector(id: ItemId): Float32Array | undefined;
  /** The embedding that the gallery has already for an image of this content, by the model or the active one. */
  vectorOfContent(contentHash: string, model?: string): Float32Array | undefined;
  /** All items, or those indexed from one root, in order of id, as they were when the iteration began. */
  items(root?: string): Iterable<Item>;
  /** All embeddings by the active model, some thousands at a time: `vectors` is float32 [ids.length, dim]. */
  embeddings(): AsyncIterable<{ ids: ItemId[]; vectors: Float32Array }>;
  /** `n` items drawn evenly by a seed: the same for the same gallery and seed. */
  sample(n: number, seed: number): Item[];
  /** Items in order of id from the one after `after` on, `offset` passed over, at most `limit`. */
  list(options: ListOptions): Promise<ItemPage>;
  count(filter?: Filter): Promise<number>;
  /** Labels by how many items have them, most first; null stands for items without one. */
  labels(filter?: Filter): Promise<LabelCount[]>;
  /** What can be filtered by in the metadata of the items that `filter` lets through, at most 100 paths. */
  fields(filter?: Filter): Promise<FieldSummary[]>;

  /**
   * Adds items or replaces those of the same id, all or none; on disk when it resolves. Throws `wrong-model` when
   * `model`, which made the vectors, is not the active one: then embed again. Where an item's content changes, its
   * embeddings by other models are dropped and it is `missing` for them.
   */
  put(items: NewItem[], options?: WriteOptions & { model?: string }): Promise<void>;
  /** Changes items that are there, all or none, without embedding them again; how many. On disk when it resolves. */
  patch(ids: ItemId[], patch: ItemPatch, options?: WriteOptions): Promise<number>;
  /** Removes items; ids that are not there are ignored. Returns how many were removed. On disk when it resolves. */
  remove(ids: ItemId[], options?: WriteOptions): Promise<number>;
  /** Keeps an image file in the gallery's folder, synced; where it is, to be an item's `source`. */
  storeImage(bytes: Uint8Array): Promise<string>;

  /** The min(k, matches) nearest items, most similar first. Throws `wrong-model` when `model` is not the active one. */
  search(vector: Float32Array, k: number, options?: SearchOptions): Promise<Hit[]>;
  /** The same by comparing with every vector: slower, exact. */
  searchExactly(vector: Float32Array, k: number, options?: SearchOptions): Promise<Hit[]>;

  /** The models that it has embeddings of, the active one first. */
  models(): ModelState[];
  /** Items without an embedding by the model, at most `limit`; all of them for a model that is not there yet. */
  missing(modelId: string, limit: number): Item[];
  /**
   * Adds embeddings by another model beside the active one; the first makes the model known. Those of items that are
   * gone or have other content by now are ignored. How many counted; on disk when it resolves.
   */
  putEmbeddings(model: ModelRef, embeddings: NewEmbedding[]): Promise<number>;
  /**
   * Makes a model the one that searches use, once its index is built; searches that run end with the one before,
   * which stays and can be switched back to. Throws `conflict` while items are missing, `not-found` for no such model.
   */
  activate(modelId: string): Promise<void>;
  /** Forgets a model's embeddings and its index. Throws `conflict` for the active one. */
  dropModel(modelId: string): Promise<void>;

  /** What the last check of the index found, which is made every now and then; undefined before the first, or when empty. */
  recall(): WatchedRecall | undefined;
  /** Compares a sample of the index's answers with the exact ones now. */
  checkRecall(): Promise<WatchedRecall | undefined>;
  /** Vectors in the index of the active model, and removed ones that searches still walk over. */
  indexState(): Promise<GraphState>;

  /** A value that was kept with the gallery under a name, such as `thresholds`. */
  setting<T>(key: string): T | undefined;
  /** Keeps a value that JSON can hold; undefined takes it away. On disk when it returns. */
  setSetting(key: string, value: unknown): void;
}
