/** The index of one model's embeddings in a gallery: follows the database, is saved now and then, mended when it is behind. */
import { resolve } from 'node:path';
import { type HnswIndex, openHnswIndex } from '../index/hnsw.ts';
import { removeSavedGraph } from '../index/hnsw-file.ts';
import type { GraphState } from '../index/hnsw-worker.ts';
import type { RecallCheck } from '../index/recall-check.ts';
import type { Neighbour, SlotList } from '../index/vector-index.ts';
import type { EmbeddingStore, SlotChange } from './embedding-store.ts';
import { Follower } from './follower.ts';
import type { ModelRef } from './model-ref.ts';

/** The index file is saved when so many slots changed and they are a quarter of all: at every doubling, not at every write. */
const SAVE_AFTER_CHANGES = 2000;
const SAVE_AFTER_SHARE = 0.25;

export type ModelIndexOptions = {
  galleryName: string;
  /** The gallery's own folder. */
  folder: string;
  model: Required<ModelRef>;
  store: EmbeddingStore;
  /** Told, in a sentence, when the index file had to be mended or could not be saved. */
  warn: (sentence: string) => void;
};

export class ModelIndex {
  readonly model: Required<ModelRef>;
  readonly #options: ModelIndexOptions;
  readonly #hnsw: HnswIndex;
  readonly #follower: Follower;
  #unsaved = 0;
  /** Searches that run now. */
  #running = new Set<Promise<unknown>>();

  private constructor(options: ModelIndexOptions, hnsw: HnswIndex, follower: Follower) {
    this.model = options.model;
    this.#options = options;
    this.#hnsw = hnsw;
    this.#follower = follower;
  }

  /** Opens the index file, and brings it in step with the database. */
  static async open(options: ModelIndexOptions): Promise<ModelIndex> {
    const { id: modelId, dim } = options.model;
    const hnsw = await openHnswIndex({ dim, file: { path: indexPath(options.folder, modelId), modelId } });
    const index = new ModelIndex(
      options,
      hnsw,
      new Follower(options.store, modelId, hnsw, await hnsw.slots()),
    );
    try {
      await index.#mend();
      return index;
    } catch (error) {
      await hnsw.close();
      throw error;
    }
  }

  /** Does a whole search, which may ask more than once, before the index can be discarded. */
  async during<T>(search: () => Promise<T>): Promise<T> {
    const running = search();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  /** The min(k, size) nearest, or of the slots in `only`. */
  search(vector: Float32Array, k: number, only?: SlotList): Promise<Neighbour[]> {
    return this.#hnsw.search(vector, k, only);
  }

  /** The same by comparing with every vector, up to date with what others have written. */
  async searchExactly(vector: Float32Array, k: number, only?: SlotList): Promise<Neighbour[]> {
    await this.catchUp();
    return this.#hnsw.searchExactly(vector, k, only);
  }

  checkRecall(sample: number, k: number, seed: number): Promise<RecallCheck | undefined> {
    return this.#hnsw.checkRecall(sample, k, seed);
  }

  state(): Promise<GraphState> {
    return this.#hnsw.state();
  }

  /** Brings a change of the database, already committed, into the index. */
  async follow(change: SlotChange): Promise<void> {
    await this.#follower.apply(change);
    this.#unsaved += change.added.length + change.gone.length;
    if (this.#unsaved >= Math.max(SAVE_AFTER_CHANGES, SAVE_AFTER_SHARE * this.#hnsw.size()))
      await this.#save();
  }

  /** Brings in what others have written. */
  async catchUp(): Promise<void> {
    const { added, gone } = await this.#follower.reconcile();
    this.#unsaved += added + gone;
  }

  async close(): Promise<void> {
    if (this.#unsaved > 0) await this.#save();
    await this.#end();
  }

  /** Ends the index once the searches that run have ended, and removes its file. */
  async discard(): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#end();
    await removeSavedGraph(indexPath(this.#options.folder, this.model.id));
  }

  async #end(): Promise<void> {
    await this.#follower.close();
  }

  async #mend(): Promise<void> {
    const { problem } = this.#hnsw;
    const { galleryName, store, model, warn } = this.#options;
    const file = `The index file of gallery \`${galleryName}\``;
    if (problem && store.count(model.id) > 0)
      warn(`${file} is built again from the database, because ${problem}.`);
    const { added, gone } = await this.#follower.reconcile();
    if (added + gone === 0) return;
    if (!problem) warn(`${file} was behind: ${added} embeddings were added to it and ${gone} removed.`);
    await this.#save();
  }

  /** The file is a copy that can be built again, so that failing to write it is worth a word and no more. */
  async #save(): Promise<void> {
    this.#unsaved = 0;
    try {
      await this.#follower.between(() => this.#hnsw.save());
    } catch (error) {
      const { galleryName, warn } = this.#options;
      warn(`The index file of gallery \`${galleryName}\` was not saved: ${(error as Error).message}`);
    }
  }
}

/** Where the index of a model's embeddings is saved. */
export function indexPath(folder: string, modelId: string): string {
  return resolve(folder, `hnsw-${modelId.slice(0, 16)}.bin`);
}
