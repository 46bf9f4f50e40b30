/**
 * Models and the embeddings that they made of items, in the gallery's database. A slot is the number of an embedding's
 * row and is never used twice, whatever the model.
 */
import { basename } from 'node:path';
import { SinterError } from '../errors.ts';
import type { Slot, SlotList } from '../index/vector-index.ts';
import type { Database } from './database.ts';
import type { Filter } from './filter.ts';
import { conditionOf } from './filter-sql.ts';
import type { ItemId } from './item.ts';
import type { ModelRef, ModelState } from './model-ref.ts';
import { toBytes, toVector } from './rows.ts';

/** The slots that came and went by a write. */
export type SlotChange = { added: Slot[]; gone: Slot[] };

type Blob = { vector: Buffer | ArrayBuffer };
type ModelRow = Required<ModelRef> & { key: number };

const OF_MODEL = 'model = (SELECT key FROM models WHERE id = ?)';

export class EmbeddingStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The id of the model that searches use. */
  activeModel(): string {
    const row = this.#db.getKept<{ value: string }>(`SELECT value FROM meta WHERE key = 'activeModel'`);
    return row!.value;
  }

  setActiveModel(id: string): void {
    this.#db.run(`UPDATE meta SET value = ? WHERE key = 'activeModel'`, id);
  }

  model(id: string): Required<ModelRef> | undefined {
    const row = this.#row(id);
    return row && { id, dim: row.dim, folder: row.folder, name: row.name };
  }

  /** All models, the active one first, then in the order in which they came. */
  models(): ModelState[] {
    const active = this.activeModel();
    const sql = `SELECT id, dim, folder, name, (SELECT count(*) FROM embeddings WHERE model = models.key) AS embedded
      FROM models ORDER BY id = ? DESC, key`;
    return this.#db.all<ModelState>(sql, active).map((model) => ({ ...model, active: model.id === active }));
  }

  /** Makes a model known, or remembers where it is now. Throws `bad-input` where its embeddings have another length than before. */
  saveModel({ id, dim, folder, name }: ModelRef): void {
    const known = this.#row(id);
    if (known && known.dim !== dim) {
      const message = `Expected embeddings of length ${known.dim} by model ${id.slice(0, 16)}, as before, got ${dim}.`;
      throw new SinterError('bad-input', message);
    }
    const sql = `INSERT INTO models (id, dim, folder, name) VALUES (?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET folder = excluded.folder, name = excluded.name`;
    this.#db.run(sql, id, dim, folder, name ?? basename(folder));
  }

  /** Forgets a model and its embeddings. */
  dropModel(id: string): void {
    this.#db.run(`DELETE FROM embeddings WHERE ${OF_MODEL}`, id);
    this.#db.run('DELETE FROM models WHERE id = ?', id);
  }

  count(model: string): number {
    const sql = `SELECT count(*) AS count FROM embeddings WHERE ${OF_MODEL}`;
    return this.#db.get<{ count: number }>(sql, model)!.count;
  }

  vector(item: ItemId, model: string): Float32Array | undefined {
    const sql = `SELECT vector FROM embeddings WHERE ${OF_MODEL} AND item = (SELECT key FROM items WHERE id = ?)`;
    const row = this.#db.get<Blob>(sql, model, item);
    return row && toVector(row);
  }

  vectorOfContent(contentHash: string, model: string): Float32Array | undefined {
    const sql = `SELECT vector FROM items JOIN embeddings ON item = items.key
      WHERE content_hash = ? AND ${OF_MODEL} LIMIT 1`;
    const row = this.#db.get<Blob>(sql, contentHash, model);
    return row && toVector(row);
  }

  slots(model: string): Slot[] {
    return this.#db.list(`SELECT json_group_array(slot) AS list FROM embeddings WHERE ${OF_MODEL}`, model);
  }

  /** The slots of the items that the filter lets through, ascending. */
  slotsOf(filter: Filter, model: string): SlotList {
    const { sql, values } = conditionOf(filter);
    const query = `SELECT json_group_array(slot) AS list FROM embeddings
      WHERE ${OF_MODEL} AND item IN (SELECT key FROM items WHERE ${sql})`;
    return sharedSlots(this.#db.list<number>(query, model, ...values));
  }

  /** The embeddings of those slots that are still there and of the model: `vectors` is float32 [slots.length, dim]. */
  ofSlots(wanted: Slot[], model: string): { slots: Slot[]; vectors: Float32Array } {
    // CROSS JOIN goes through the few that are wanted; by itself SQLite would go through all of the model.
    const sql = `SELECT slot, vector FROM json_each(?) AS wanted CROSS JOIN embeddings ON slot = wanted.value WHERE ${OF_MODEL}`;
    const rows = this.#db.all<Blob & { slot: Slot }>(sql, JSON.stringify(wanted), model);
    return { slots: rows.map(({ slot }) => slot), vectors: joined(rows) };
  }

  /** The embeddings of the items after `after` by the order of their numbers, at most `limit`; `last` is what to go on from. */
  page(
    model: string,
    after: number,
    limit: number,
  ): { ids: ItemId[]; slots: Slot[]; vectors: Float32Array; last?: number } {
    const sql = `SELECT items.key, id, slot, vector FROM embeddings JOIN items ON items.key = item
      WHERE ${OF_MODEL} AND item > ? ORDER BY item LIMIT ?`;
    const rows = this.#db.all<Blob & { key: number; id: ItemId; slot: Slot }>(sql, model, after, limit);
    const last = rows.at(-1)?.key;
    const [ids, slots] = [rows.map(({ id }) => id), rows.map(({ slot }) => slot)];
    return { ids, slots, vectors: joined(rows), ...(last !== undefined && { last }) };
  }

  /** Ids of items that have no embedding by the model. */
  missing(model: string, limit: number): ItemId[] {
    const sql = `SELECT id FROM items WHERE NOT EXISTS
      (SELECT 1 FROM embeddings WHERE ${OF_MODEL} AND item = items.key) ORDER BY key LIMIT ?`;
    return this.#db.all<{ id: ItemId }>(sql, model, limit).map(({ id }) => id);
  }

  /** Gives an item its embedding by a model; the same as before keeps its slot, a new one gets a new slot. Within a `write`. */
  put(item: number, model: string, vector: Float32Array, { added, gone }: SlotChange): void {
    const bytes = toBytes(vector);
    const select = `SELECT slot, vector FROM embeddings WHERE ${OF_MODEL} AND item = ?`;
    const before = this.#db.get<{ slot: Slot; vector: Buffer }>(select, model, item);
    if (before && bytes.equals(new Uint8Array(before.vector))) return;
    if (before) {
      this.#db.run('DELETE FROM embeddings WHERE slot = ?', before.slot);
      gone.push(before.slot);
    }
    const insert = `INSERT INTO embeddings (item, model, vector) VALUES (?, (SELECT key FROM models WHERE id = ?), ?)`;
    added.push(this.#db.run(insert, item, model, bytes).lastId as Slot);
  }

  /** Drops what other models made of the item, which has another content now. Within a `write`. */
  dropOthers(item: number, model: string, { gone }: SlotChange): void {
    const others = `item = ? AND NOT ${OF_MODEL}`;
    const rows = this.#db.all<{ slot: Slot }>(`SELECT slot FROM embeddings WHERE ${others}`, item, model);
    if (rows.length === 0) return;
    this.#db.run(`DELETE FROM embeddings WHERE ${others}`, item, model);
    gone.push(...rows.map(({ slot }) => slot));
  }

  #row(id: string): ModelRow | undefined {
    return this.#db.getKept<ModelRow>('SELECT * FROM models WHERE id = ?', id);
  }
}

/** In shared memory, since they go to the thread of the index with every search. */
function sharedSlots(slots: number[]): SlotList {
  const shared = new Float64Array(new SharedArrayBuffer(slots.length * Float64Array.BYTES_PER_ELEMENT));
  shared.set(slots);
  return shared.sort();
}

function joined(rows: Blob[]): Float32Array {
  const dim = rows[0] ? rows[0].vector.byteLength / Float32Array.BYTES_PER_ELEMENT : 0;
  const vectors = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    vectors.set(toVector(row), i * dim);
  });
  return vectors;
}
