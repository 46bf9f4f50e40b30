/**
 * A gallery's database, the truth that indexes are derived from: every write that concerns more than one table, so that
 * all items have an embedding of the active model at every moment. Knows nothing of searching.
 */
import { SinterError } from '../errors.ts';
import { AnalysisStore } from './analysis-store.ts';
import { ClusterStore } from './cluster-store.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { EmbeddingStore, type SlotChange } from './embedding-store.ts';
import type { ItemId, ItemPatch, NewEmbedding, NewItem, WriteOptions } from './item.ts';
import { ItemStore } from './item-store.ts';
import { JobStore } from './job-store.ts';
import type { ModelRef } from './model-ref.ts';
import { bringUpToDate, createTables } from './schema.ts';

export type StoreOptions = DatabaseOptions & {
  /** Makes the database, of this name and model, if there is none. */
  create?: { name: string; model: ModelRef };
};

export class Store {
  readonly db: Database;
  readonly items: ItemStore;
  readonly embeddings: EmbeddingStore;
  readonly jobs: JobStore;
  readonly analyses: AnalysisStore;
  readonly clusters: ClusterStore;

  /**
   * Opens the database at `file`, and brings one of an older format up to date. Throws `bad-gallery` for a file that is
   * none or of a newer format, `conflict` while another process holds it.
   */
  constructor(file: string, { create, ...options }: StoreOptions = {}) {
    this.db = new Database(file, options);
    try {
      if (create) createTables(this.db, create.name, create.model);
      bringUpToDate(this.db);
    } catch (error) {
      this.db.close();
      throw error;
    }
    this.items = new ItemStore(this.db);
    this.embeddings = new EmbeddingStore(this.db);
    this.jobs = new JobStore(this.db);
    this.analyses = new AnalysisStore(this.db);
    this.clusters = new ClusterStore(this.db);
  }

  /** The name that the gallery was made under. */
  name(): string {
    return this.db.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'name'`)!.value;
  }

  rename(name: string): void {
    this.db.write(() => this.db.run(`UPDATE meta SET value = ? WHERE key = 'name'`, name));
  }

  /** Whether the gallery is being removed, or was while this process had it open. */
  isRemoved(): boolean {
    return this.db.getKept(`SELECT value FROM meta WHERE key = 'removed'`) !== undefined;
  }

  /** Nothing is put into the gallery any more, by whatever process has it open. */
  markRemoved(): void {
    this.db.write(() => this.db.run(`INSERT OR IGNORE INTO meta (key, value) VALUES ('removed', '1')`));
  }

  /** Grows with every change of items or models. */
  version(): number {
    const row = this.db.getKept<{ value: string }>(`SELECT value FROM meta WHERE key = 'version'`);
    return Number(row!.value);
  }

  /**
   * Writes items with embeddings by the active model, all or none; `sources` are the image files that they had before.
   * Throws `wrong-model` when `model` is another.
   */
  put(
    items: NewItem[],
    model: string,
    { allow }: WriteOptions = {},
  ): { change: SlotChange; sources: string[] } {
    const sources: string[] = [];
    const change = this.#change((change) => {
      this.#expectActive(model);
      for (const item of items) {
        const { key, before } = this.items.put(item, allow);
        this.embeddings.put(key, model, item.vector, change);
        if (!before) continue;
        if (before.source !== item.source) sources.push(before.source);
        if (before.contentHash !== item.contentHash) this.embeddings.dropOthers(key, model, change);
      }
    });
    return { change, sources };
  }

  patch(ids: ItemId[], patch: ItemPatch, { allow }: WriteOptions = {}): number {
    let changed = 0;
    this.#change(() => {
      changed = this.items.patch(ids, patch, allow);
    });
    return changed;
  }

  /** Removes items, all or none; how many there were, the slots that went and the image files that they had. */
  remove(
    ids: ItemId[],
    { allow }: WriteOptions = {},
  ): { count: number; change: SlotChange; sources: string[] } {
    const sources: string[] = [];
    const change = this.#change(({ gone }) => {
      for (const id of ids) {
        const removed = this.items.remove(id, allow);
        if (!removed) continue;
        gone.push(...removed.slots);
        sources.push(removed.source);
      }
    });
    return { count: sources.length, change, sources };
  }

  /** Adds embeddings by another model, which becomes known; how many items had that content still. */
  putEmbeddings(model: ModelRef, embeddings: NewEmbedding[]): { count: number; change: SlotChange } {
    let count = 0;
    const change = this.#change((change) => {
      this.embeddings.saveModel(model);
      for (const { id, contentHash, vector } of embeddings) {
        const key = this.items.keyOf(id, contentHash);
        if (key === undefined) continue;
        this.embeddings.put(key, model.id, vector, change);
        count++;
      }
    });
    return { count, change };
  }

  /** Makes a model the active one. Throws `not-found` for no such model and `conflict` while items are missing. */
  activate(model: string): void {
    this.#change(() => {
      this.expectComplete(model);
      this.embeddings.setActiveModel(model);
    });
  }

  /** Throws `not-found` for a model that is not there, `conflict` while items have no embedding by it. */
  expectComplete(model: string): void {
    this.#expectKnown(model);
    const missing = this.items.countOf(undefined) - this.embeddings.count(model);
    if (missing === 0) return;
    const message = `${missing} items have no embedding by model ${model.slice(0, 16)} yet. Embed them, then switch.`;
    throw new SinterError('conflict', message);
  }

  /** Forgets a model; the slots that went. Throws `not-found` for no such model and `conflict` for the active one. */
  dropModel(model: string): SlotChange {
    return this.#change(({ gone }) => {
      this.expectDroppable(model);
      gone.push(...this.embeddings.slots(model));
      this.embeddings.dropModel(model);
    });
  }

  /** Throws `not-found` for a model that is not there, `conflict` for the active one. */
  expectDroppable(model: string): void {
    this.#expectKnown(model);
    if (model !== this.embeddings.activeModel()) return;
    const message = `Model ${model.slice(0, 16)} is the one that searches use. Switch to another before it is dropped.`;
    throw new SinterError('conflict', message);
  }

  saveModel(model: ModelRef): void {
    this.#change(() => this.embeddings.saveModel(model));
  }

  setting<T>(key: string): T | undefined {
    const row = this.db.getKept<{ value: string }>('SELECT value FROM settings WHERE key = ?', key);
    return row && JSON.parse(row.value);
  }

  setSetting(key: string, value: unknown): void {
    const save =
      'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value';
    this.db.write(() => {
      if (value === undefined) this.db.run('DELETE FROM settings WHERE key = ?', key);
      else this.db.run(save, key, JSON.stringify(value));
    });
  }

  close(): void {
    this.db.close();
  }

  #change(work: (change: SlotChange) => void): SlotChange {
    const change: SlotChange = { added: [], gone: [] };
    this.db.write(() => {
      this.#expectThere();
      work(change);
      this.db.run(`UPDATE meta SET value = value + 1 WHERE key = 'version'`);
    });
    return change;
  }

  #expectThere(): void {
    if (!this.isRemoved()) return;
    throw new SinterError('not-found', `The gallery at ${this.db.file} has been removed.`);
  }

  #expectActive(model: string): void {
    const active = this.embeddings.activeModel();
    if (active === model) return;
    const [has, got] = [active, model].map((id) => id.slice(0, 16));
    const message = `The gallery at ${this.db.file} is searched by model ${has}, and these embeddings are by ${got}. Embed the images with its model.`;
    throw new SinterError('wrong-model', message);
  }

  #expectKnown(model: string): void {
    if (this.embeddings.model(model)) return;
    const names = this.embeddings.models().map(({ id, name }) => `${name} (${id.slice(0, 16)})`);
    const message = `The gallery at ${this.db.file} has no embeddings by model ${model.slice(0, 16)}. It has: ${names.join(', ')}.`;
    throw new SinterError('not-found', message);
  }
}
