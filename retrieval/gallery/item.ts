/** What a gallery holds: items under stable ids, each with the embedding that finds it. */

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

/** An item found by a search; `similarity` is the cosine, -1 to 1, higher is closer. */
export type Hit = { item: Item; similarity: number };

export interface Gallery {
  readonly name: string;
  /** The model whose embeddings it holds: the sha256 of its graph, the length of a vector, the folder of its bundle. */
  readonly model: { id: string; dim: number; folder: string };
  size(): number;
  item(id: ItemId): Item | undefined;
  /** The item's embedding, float32 [dim]. */
  vector(id: ItemId): Float32Array | undefined;
  /** The embedding that the gallery has already for an image of this content, if any. */
  vectorOfContent(contentHash: string): Float32Array | undefined;
  /** All items in order of id, as they were when the iteration began. */
  items(): Iterable<Item>;
  /** `n` items drawn evenly by a seed: the same for the same gallery and seed. */
  sample(n: number, seed: number): Item[];
  /** Adds items or replaces those of the same id, all or none; on disk when it resolves. */
  put(items: NewItem[]): Promise<void>;
  /** Removes items; ids that are not there are ignored. Returns how many were removed. On disk when it resolves. */
  remove(ids: ItemId[]): Promise<number>;
  /** The min(k, matches) nearest items, most similar first. */
  search(vector: Float32Array, k: number, options?: { exclude?: ItemId[] }): Promise<Hit[]>;
  /** The same by comparing with every vector: slower, exact. */
  searchExactly(vector: Float32Array, k: number, options?: { exclude?: ItemId[] }): Promise<Hit[]>;
  close(): Promise<void>;
}
