/**
 * The tables of a gallery's database, format 2, and how a database of format 1 becomes one. Knows nothing of what is
 * done with the rows.
 */
import { basename } from 'node:path';
import { SinterError } from '../errors.ts';
import { CLUSTER_TABLES } from './cluster-tables.ts';
import type { Database } from './database.ts';
import { writeFacts } from './metadata-facts.ts';
import type { ModelRef } from './model-ref.ts';

const FORMAT_VERSION = 2;

/**
 * Items have a number (`key`) beside the user's id, which other tables refer to. `facts` are the single values in the
 * metadata, in an order in which they can be looked up. `slot` is never used twice, so that an index with the same slots
 * has the same vectors. Every item has an embedding of the active model.
 */
const TABLES = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE models (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    dim INTEGER NOT NULL,
    folder TEXT NOT NULL,
    name TEXT NOT NULL
  ) STRICT;
  CREATE TABLE items (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    root TEXT,
    content_hash TEXT NOT NULL,
    label TEXT,
    metadata TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    updated_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX items_by_content ON items (content_hash);
  CREATE INDEX items_by_label ON items (label, id);
  CREATE INDEX items_by_source ON items (source);
  CREATE TABLE facts (
    item INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    value ANY NOT NULL,
    PRIMARY KEY (path, kind, value, item)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX facts_by_item ON facts (item);
  CREATE TABLE embeddings (
    slot INTEGER PRIMARY KEY AUTOINCREMENT,
    item INTEGER NOT NULL REFERENCES items (key) ON DELETE CASCADE,
    model INTEGER NOT NULL REFERENCES models (key) ON DELETE CASCADE,
    vector BLOB NOT NULL,
    UNIQUE (model, item)
  ) STRICT;
  CREATE INDEX embeddings_by_item ON embeddings (item);
  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    params TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    progress TEXT,
    result TEXT,
    error TEXT,
    created_at TEXT NOT NULL,
    started_at TEXT,
    ended_at TEXT
  ) STRICT;
  CREATE INDEX jobs_by_state ON jobs (state, created_at);
  ${CLUSTER_TABLES}`;

/** Makes the tables of a new gallery, of this name and model; a database that has tables stays as it is. */
export function createTables(db: Database, name: string, model: ModelRef): void {
  db.write(() => {
    if (formatOf(db) !== undefined) return;
    db.exec(TABLES);
    writeMeta(db, name, model);
  });
}

/**
 * Brings the tables to this format: all or nothing, on disk when it returns.
 * Throws `bad-gallery` for a database that is no gallery's, or of a newer format.
 */
export function bringUpToDate(db: Database): void {
  if (expectKnownFormat(db) === FORMAT_VERSION) return;
  db.write(() => {
    // Another process may have done it while this one waited.
    if (expectKnownFormat(db) === 1) migrateFromFirst(db);
  });
}

function expectKnownFormat(db: Database): number {
  const format = formatOf(db);
  if (format === undefined)
    throw new SinterError('bad-gallery', `${db.file} is not the database of a gallery.`);
  if (format >= 1 && format <= FORMAT_VERSION) return format;
  const versions = `of format ${format}, and this version of sinter knows formats up to ${FORMAT_VERSION}`;
  throw new SinterError('bad-gallery', `${db.file} is ${versions}. Update sinter to open it.`);
}

function formatOf(db: Database): number | undefined {
  const table = db.get(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name = 'meta'`);
  if (table === undefined) return undefined;
  return Number(db.get<{ value: string }>(`SELECT value FROM meta WHERE key = 'formatVersion'`)?.value);
}

function writeMeta(db: Database, name: string, { id, dim, folder, name: modelName }: ModelRef): void {
  const meta = { formatVersion: FORMAT_VERSION, name, activeModel: id, version: 0 };
  for (const [key, value] of Object.entries(meta)) {
    db.run('INSERT INTO meta (key, value) VALUES (?, ?)', key, String(value));
  }
  const sql = 'INSERT INTO models (id, dim, folder, name) VALUES (?, ?, ?, ?)';
  db.run(sql, id, dim, folder, modelName ?? basename(folder));
}

/** Format 1 held one model in `meta`, had no facts, and named items and models in embeddings by their long ids. */
function migrateFromFirst(db: Database): void {
  const rows = db.all<{ key: string; value: string }>('SELECT key, value FROM meta');
  const meta = Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  const model = { id: meta.modelId!, dim: Number(meta.modelDim), folder: meta.modelFolder! };
  const lastSlot = db.get<{ seq: number }>(`SELECT seq FROM sqlite_sequence WHERE name = 'embeddings'`)?.seq;
  db.exec(`
    ALTER TABLE embeddings RENAME TO embeddings_1;
    ALTER TABLE items RENAME TO items_1;
    DROP INDEX items_by_content;
    DROP TABLE meta;
    ${TABLES}
    INSERT INTO items (id, source, root, content_hash, label, metadata, size_bytes, updated_at)
      SELECT id, source, root, content_hash, label, metadata, size_bytes, updated_at FROM items_1 ORDER BY id;`);
  writeMeta(db, meta.name!, model);
  db.exec(`
    INSERT INTO embeddings (slot, item, model, vector)
      SELECT slot, items.key, models.key, vector FROM embeddings_1
      JOIN items ON items.id = embeddings_1.item_id JOIN models ON models.id = embeddings_1.model_id;
    DROP TABLE embeddings_1;
    DROP TABLE items_1;`);
  keepSlotsUnused(db, lastSlot ?? 0);
  for (const { key, metadata } of db.all<{ key: number; metadata: string }>(
    'SELECT key, metadata FROM items',
  )) {
    writeFacts(db, key, JSON.parse(metadata));
  }
}

/** Slots that are gone stay used: an index file may still have them. */
function keepSlotsUnused(db: Database, lastSlot: number): void {
  db.run(`DELETE FROM sqlite_sequence WHERE name = 'embeddings'`);
  db.run(`INSERT INTO sqlite_sequence (name, seq) VALUES ('embeddings', ?)`, lastSlot);
}
