/**
 * The indexes of a gallery's models, one of them active: opened when they are needed, and all following the database.
 * A search keeps the index that it began with, so that switching is one assignment.
 */
import { removeSavedGraph } from '../index/hnsw-file.ts';
import type { SlotChange } from './embedding-store.ts';
import { indexPath, ModelIndex } from './model-index.ts';
import type { Store } from './store.ts';

/** How often an index is brought up to date again because something was written meanwhile; what is left then follows. */
const MOST_ROUNDS = 20;

export type ModelIndexesOptions = {
  galleryName: string;
  /** The gallery's own folder. */
  folder: string;
  store: Store;
  warn: (sentence: string) => void;
};

export class ModelIndexes {
  readonly #options: ModelIndexesOptions;
  readonly #opened = new Map<string, Promise<ModelIndex>>();
  #active: ModelIndex;
  #background: Promise<unknown> = Promise.resolve();
  #seenVersion: number;

  private constructor(options: ModelIndexesOptions, active: ModelIndex, seenVersion: number) {
    this.#options = options;
    this.#active = active;
    this.#opened.set(active.model.id, Promise.resolve(active));
    this.#seenVersion = seenVersion;
  }

  /** Opens the index of the active model. */
  static async open(options: ModelIndexesOptions): Promise<ModelIndexes> {
    const { store } = options;
    const seen = store.db.othersVersion();
    const active = await openIndex(options, store.embeddings.activeModel());
    return new ModelIndexes(options, active, seen);
  }

  get active(): ModelIndex {
    return this.#active;
  }

  /** Brings a committed change into the active index; into the others in the background, which may be being built. */
  async follow(change: SlotChange): Promise<void> {
    for (const opened of this.#opened.values()) {
      this.#inBackground(async () => {
        const index = await opened;
        if (index !== this.#active) await index.follow(change);
      });
    }
    await this.#active.follow(change);
  }

  /** Opens or builds the index of a model beside the active one, up to date when it resolves. */
  async prepare(model: string): Promise<ModelIndex> {
    const { store } = this.#options;
    const index = await this.#open(model);
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const version = store.db.version();
      await index.catchUp();
      if (store.db.version() === version) break;
    }
    return index;
  }

  /** Lets all searches from now on use `index`. */
  use(index: ModelIndex): void {
    this.#active = index;
  }

  /** Ends the index of a model once the searches that use it have ended. */
  async drop(model: string): Promise<void> {
    const opened = this.#opened.get(model);
    this.#opened.delete(model);
    const index = await opened;
    if (index) await index.discard();
    else await removeSavedGraph(indexPath(this.#options.folder, model));
  }

  /** What another process has written comes in in the background: changes of embeddings, and which model is active. */
  noticeOthers(): void {
    const { store, galleryName, warn } = this.#options;
    const version = store.db.othersVersion();
    if (version === this.#seenVersion) return;
    this.#seenVersion = version;
    this.#inBackground(async () => {
      try {
        await this.#catchUp();
      } catch (error) {
        warn(`The index of gallery \`${galleryName}\` is not up to date: ${(error as Error).message}`);
      }
    });
  }

  /** Waits for the switch to another model where another process has switched already and dropped the one before. */
  async beUsable(): Promise<void> {
    if (this.#options.store.embeddings.model(this.#active.model.id)) return;
    await this.#background;
  }

  async close(): Promise<void> {
    await this.#background;
    for (const opened of this.#opened.values()) await (await opened).close();
  }

  async #catchUp(): Promise<void> {
    const { store } = this.#options;
    const active = store.embeddings.activeModel();
    if (active !== this.#active.model.id) this.use(await this.prepare(active));
    for (const [model, opened] of this.#opened) {
      if (store.embeddings.model(model)) await (await opened).catchUp();
      else await this.drop(model);
    }
  }

  #open(model: string): Promise<ModelIndex> {
    const known = this.#opened.get(model);
    if (known) return known;
    const opening = openIndex(this.#options, model);
    this.#opened.set(model, opening);
    opening.catch(() => this.#opened.delete(model));
    return opening;
  }

  #inBackground(work: () => Promise<unknown>): void {
    const { galleryName, warn } = this.#options;
    const before = this.#background;
    this.#background = Promise.all([before, work()]).catch((error: Error) => {
      warn(`An index of gallery \`${galleryName}\` is not up to date: ${error.message}`);
    });
  }
}

function openIndex({ store, ...options }: ModelIndexesOptions, model: string): Promise<ModelIndex> {
  return ModelIndex.open({ ...options, store: store.embeddings, model: store.embeddings.model(model)! });
}
