/**
 * A gallery's items and embeddings in SQLite, the truth that indexes are derived from. The one file with SQL.
 * Knows nothing of searching: vectors are bytes here, under slots that are row numbers and never used twice.
 */
import Database from 'libsql';
import { SinterError } from '../errors.ts';
import type { Slot } from '../index/vector-index.ts';
import type { Item, ItemId, NewItem } from './item.ts';
import { nameSqliteError } from './name-sqlite-error.ts';
import { toItem, toVector } from './rows.ts';

const FORMAT_VERSION = 1;

const SCHEMA = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE items (
    id TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    root TEXT,
    content_hash TEXT NOT NULL,
    label TEXT,
    metadata TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX items_by_content ON items (content_hash);
  CREATE TABLE embeddings (
    slot INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id TEXT NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (item_id, model_id)
  ) STRICT;`;

const UPSERT_ITEM = `
  INSERT INTO items (id, source, root, content_hash, label, metadata, size_bytes, updated_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET source = excluded.source, root = excluded.root, content_hash = excluded.content_hash,
    label = excluded.label, metadata = excluded.metadata, size_bytes = excluded.size_bytes, updated_at = excluded.updated_at`;

const ITEMS_OF_SLOTS = `
  SELECT json_group_array(json_object('slot', embeddings.slot, 'id', items.id, 'source', items.source,
    'root', items.root, 'content_hash', items.content_hash, 'label', items.label, 'metadata', items.metadata,
    'size_bytes', items.size_bytes, 'updated_at', items.updated_at)) AS list
  FROM json_each(?) AS wanted JOIN embeddings ON embeddings.slot = wanted.value JOIN items ON items.id = embeddings.item_id`;

/** Some megabytes: items are a few hundred bytes each. */
const MOST_ITEMS_READ = 10_000;

export type ModelRef = { id: string; dim: number; folder: string };

export type StoreOptions = {
  /** Makes the database, of this name and model, if there is none. */
  create?: { name: string; model: ModelRef };
  /** How long a write waits for another process's write before it fails with `conflict`; default 5000. */
  busyTimeoutMs?: number;
};

/** The slots that came and went by a write. */
export type SlotChange = { added: Slot[]; gone: Slot[] };

export class Store {
  readonly model: ModelRef;
  readonly #file: string;
  readonly #busyTimeoutMs: number;
  readonly #db: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  /** What was read of one version of the database: SQLite goes through all items to count them, and finds some often. */
  readonly #read: { version?: number; count?: number; items: Map<Slot, Item> } = { items: new Map() };
  #isClosed = false;

  /**
   * Opens the database at `file`. Throws `bad-gallery` for a file that is none or of a newer format,
   * `conflict` while another process holds it.
   */
  constructor(file: string, { create, busyTimeoutMs = 5000 }: StoreOptions = {}) {
    this.#file = file;
    this.#busyTimeoutMs = busyTimeoutMs;
    this.#db = this.#guard(() => connect(file, busyTimeoutMs));
    try {
      if (create) this.#createTables(create.name, create.model);
      this.model = this.#readModel();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  count(): number {
    this.#dropStale();
    this.#read.count ??= (this.#get('SELECT count(*) AS count FROM items') as { count: number }).count;
    return this.#read.count;
  }

  item(id: ItemId): Item | undefined {
    return toItem(this.#get('SELECT * FROM items WHERE id = ?', id));
  }

  /** The items of these ids that are there, in the order given. */
  itemsOfIds(ids: ItemId[]): Item[] {
    const sql =
      'SELECT items.* FROM json_each(?) AS wanted JOIN items ON items.id = wanted.value ORDER BY wanted.key';
    return this.#all(sql, JSON.stringify(ids)).map((row) => toItem(row)!);
  }

  /** The items that hold these slots now. */
  itemsOfSlots(slots: Slot[]): Map<Slot, Item> {
    this.#dropStale();
    const { items } = this.#read;
    const unread = slots.filter((slot) => !items.has(slot));
    if (items.size + unread.length > MOST_ITEMS_READ) items.clear();
    const asked = items.size === 0 ? slots : unread;
    const rows = asked.length === 0 ? [] : this.#list<{ slot: Slot }>(ITEMS_OF_SLOTS, JSON.stringify(asked));
    for (const row of rows) items.set(row.slot, toItem(row)!);
    return new Map(slots.flatMap((slot) => (items.has(slot) ? [[slot, items.get(slot)!]] : [])));
  }

  /** All items in order of id, read from a snapshot of its own: what is written meanwhile does not show. */
  *items(): Generator<Item> {
    this.#expectOpen();
    const reader = this.#guard(() => connect(this.#file, this.#busyTimeoutMs));
    try {
      reader.exec('BEGIN');
      for (const row of reader.prepare('SELECT * FROM items ORDER BY id').iterate()) yield toItem(row)!;
    } finally {
      reader.close();
    }
  }

  /** All ids in order. */
  ids(): ItemId[] {
    return this.#list('SELECT json_group_array(id) AS list FROM (SELECT id FROM items ORDER BY id)');
  }

  vector(id: ItemId): Float32Array | undefined {
    const sql = 'SELECT vector FROM embeddings WHERE item_id = ? AND model_id = ?';
    return toVector(this.#get(sql, id, this.model.id));
  }

  vectorOfContent(contentHash: string): Float32Array | undefined {
    const sql = `SELECT vector FROM items JOIN embeddings ON item_id = id
      WHERE content_hash = ? AND model_id = ? LIMIT 1`;
    return toVector(this.#get(sql, contentHash, this.model.id));
  }

  slots(): Slot[] {
    return this.#list(
      'SELECT json_group_array(slot) AS list FROM embeddings WHERE model_id = ?',
      this.model.id,
    );
  }

  /** The embeddings of those slots that are still there: `vectors` is float32 [slots.length, dim]. */
  embeddings(wanted: Slot[]): { slots: Slot[]; vectors: Float32Array } {
    const sql = `SELECT slot, vector FROM json_each(?) AS wanted JOIN embeddings ON slot = wanted.value`;
    const rows = this.#all(sql, JSON.stringify(wanted)) as { slot: Slot }[];
    const vectors = new Float32Array(rows.length * this.model.dim);
    rows.forEach((row, i) => {
      vectors.set(toVector(row)!, i * this.model.dim);
    });
    return { slots: rows.map((row) => row.slot), vectors };
  }

  /** Writes items, all or none. An embedding that is the same as before keeps its slot, a new one gets a new slot. */
  put(items: NewItem[]): SlotChange {
    const change: SlotChange = { added: [], gone: [] };
    this.#write(() => {
      for (const item of items) this.#putItem(item, change);
    });
    return change;
  }

  /** Removes items, all or none; the slots that went. */
  remove(ids: ItemId[]): Slot[] {
    const gone: Slot[] = [];
    this.#write(() => {
      for (const id of ids) {
        const row = this.#get('SELECT slot FROM embeddings WHERE item_id = ?', id) as
          | { slot: Slot }
          | undefined;
        if (row) gone.push(row.slot);
        this.#run('DELETE FROM items WHERE id = ?', id);
      }
    });
    return gone;
  }

  /** A number that changes when another process (or connection) has written. */
  dataVersion(): number {
    return (this.#get('PRAGMA data_version') as { data_version: number }).data_version;
  }

  setModelFolder(folder: string): void {
    this.#write(() => this.#run(`UPDATE meta SET value = ? WHERE key = 'modelFolder'`, folder));
    this.model.folder = folder;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#statements.clear();
    // libsql leaves this undone: afterwards gallery.db alone is the whole gallery, for whoever copies it.
    this.#db.exec('PRAGMA wal_checkpoint(PASSIVE)');
    this.#db.close();
  }

  #putItem(item: NewItem, { added, gone }: SlotChange): void {
    const { id, source, root, contentHash, label, metadata, sizeBytes, vector } = item;
    const now = new Date().toISOString();
    this.#run(
      UPSERT_ITEM,
      id,
      source,
      root ?? null,
      contentHash,
      label,
      JSON.stringify(metadata),
      sizeBytes,
      now,
    );
    const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
    const sql = 'SELECT slot, vector FROM embeddings WHERE item_id = ? AND model_id = ?';
    const before = this.#get(sql, id, this.model.id) as { slot: Slot; vector: Buffer } | undefined;
    if (before && bytes.equals(before.vector)) return;
    if (before) {
      this.#run('DELETE FROM embeddings WHERE slot = ?', before.slot);
      gone.push(before.slot);
    }
    const insert = 'INSERT INTO embeddings (item_id, model_id, vector) VALUES (?, ?, ?)';
    added.push(this.#run(insert, id, this.model.id, bytes).lastInsertRowid as Slot);
  }

  #createTables(name: string, model: ModelRef): void {
    this.#write(() => {
      if (this.#hasTables()) return;
      this.#db.exec(SCHEMA);
      const { id, dim, folder } = model;
      const meta = { formatVersion: FORMAT_VERSION, name, modelId: id, modelDim: dim, modelFolder: folder };
      for (const [key, value] of Object.entries(meta)) {
        this.#run('INSERT INTO meta (key, value) VALUES (?, ?)', key, String(value));
      }
    });
  }

  #readModel(): ModelRef {
    if (!this.#hasTables())
      throw new SinterError('bad-gallery', `${this.#file} is not the database of a gallery.`);
    const rows = this.#all('SELECT key, value FROM meta') as { key: string; value: string }[];
    const meta = Object.fromEntries(rows.map(({ key, value }) => [key, value]));
    if (Number(meta.formatVersion) > FORMAT_VERSION) {
      const versions = `of format ${meta.formatVersion}, and this version of sinter knows formats up to ${FORMAT_VERSION}`;
      throw new SinterError('bad-gallery', `${this.#file} is ${versions}. Update sinter to open it.`);
    }
    return { id: meta.modelId!, dim: Number(meta.modelDim), folder: meta.modelFolder! };
  }

  #hasTables(): boolean {
    return this.#get(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'meta'`) !== undefined;
  }

  #write(work: () => void): void {
    this.#expectOpen();
    delete this.#read.version;
    this.#guard(() => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        work();
        this.#db.exec('COMMIT');
      } catch (error) {
        // A full disk ends the transaction by itself, and its error is the one to show.
        if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** A change by another process shows in the data version, one of our own has taken the version away. */
  #dropStale(): void {
    const version = this.dataVersion();
    if (version === this.#read.version) return;
    this.#read.version = version;
    delete this.#read.count;
    this.#read.items.clear();
  }

  #run(sql: string, ...values: unknown[]): Database.RunResult {
    return this.#guard(() => this.#statement(sql).run(values));
  }

  #get(sql: string, ...values: unknown[]): unknown {
    return this.#guard(() => this.#statement(sql).get(values));
  }

  #all(sql: string, ...values: unknown[]): unknown[] {
    return this.#guard(() => this.#statement(sql).all(values));
  }

  /** A whole column as one JSON text: five times as fast as row by row. */
  #list<T>(sql: string, ...values: unknown[]): T[] {
    return JSON.parse((this.#get(sql, ...values) as { list: string }).list);
  }

  #statement(sql: string): Database.Statement {
    this.#expectOpen();
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new SinterError('bad-input', `The gallery at ${this.#file} is closed.`);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw nameSqliteError(error, this.#file, this.#busyTimeoutMs);
    }
  }
}

/** A connection whose commits are on disk when they return, and which other processes may read beside. */
function connect(file: string, timeout: number): Database.Database {
  const db = new Database(file, { timeout });
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  return db;
}
