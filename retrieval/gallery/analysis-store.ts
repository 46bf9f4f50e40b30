/**
 * Runs over all embeddings of a model, in the gallery's database: each is written beside the current one, becomes current
 * at once, and the one before is dropped. Long tables are written and dropped in pieces, so that others come in between.
 */
import { setImmediate } from 'node:timers/promises';
import { SinterError } from '../errors.ts';
import type { Slot } from '../index/vector-index.ts';
import type { Database, Value } from './database.ts';
import { toVector } from './rows.ts';

export type AnalysisKind = 'clusters' | 'duplicates' | 'map';

export type Analysis<Params = unknown, Facts = unknown> = {
  key: number;
  params: Params;
  facts: Facts;
  /** Grows with what users change of it. */
  edits: number;
  /** ISO 8601, UTC. */
  createdAt: string;
};

type AnalysisRow = { key: number; params: string; facts: string; edits: number; created_at: string };

/** The table that holds the most rows of a kind. */
const ROWS: Record<AnalysisKind, string> = {
  clusters: 'cluster_members',
  duplicates: 'duplicates',
  map: 'map_points',
};

const ROWS_AT_ONCE = 4096;

const OF_MODEL = 'model = (SELECT key FROM models WHERE id = ?)';

export class AnalysisStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  current<Params, Facts>(model: string, kind: AnalysisKind): Analysis<Params, Facts> | undefined {
    const sql = `SELECT * FROM analyses WHERE ${OF_MODEL} AND kind = ? AND is_current = 1`;
    const row = this.#db.get<AnalysisRow>(sql, model, kind);
    if (!row) return undefined;
    const { key, params, facts, edits, created_at } = row;
    return { key, params: JSON.parse(params), facts: JSON.parse(facts), edits, createdAt: created_at };
  }

  /** Begins a run, beside the current one; its key. What runs that never ended have left is dropped. */
  async begin(model: string, kind: AnalysisKind, params: unknown): Promise<number> {
    await this.#dropOthers(model, kind);
    const sql = `INSERT INTO analyses (model, kind, params, facts, created_at)
      VALUES ((SELECT key FROM models WHERE id = ?), ?, ?, '{}', ?)`;
    const now = new Date().toISOString();
    return this.#db.write(() => this.#db.run(sql, model, kind, JSON.stringify(params), now).lastId);
  }

  /**
   * Writes rows into a table of the kind, in pieces; `columns` are their names beside `analysis` and `slot`, and every row
   * begins with its slot. Rows whose embedding is gone are left out.
   */
  async writeRows(key: number, kind: AnalysisKind, columns: string[], rows: Value[][]): Promise<void> {
    const values = columns.map((_, i) => `json_extract(given.value, '$[${i + 1}]')`);
    const sql = `INSERT OR REPLACE INTO ${ROWS[kind]} (${['analysis', 'slot', ...columns].join(', ')})
      SELECT ${['?', 'slot', ...values].join(', ')}
      FROM json_each(?) AS given JOIN embeddings ON slot = json_extract(given.value, '$[0]')`;
    for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
      const piece = JSON.stringify(rows.slice(from, from + ROWS_AT_ONCE));
      this.#db.write(() => this.#db.run(sql, key, piece));
      await setImmediate();
    }
  }

  /**
   * Makes a run the current one of its kind, together with what `alongside` writes, and drops the one before. False, and
   * nothing done, where users have changed the current one since `edits`. Throws `conflict` where another run began since.
   */
  async makeCurrent(
    { key, model, kind, facts }: { key: number; model: string; kind: AnalysisKind; facts: unknown },
    edits: number | undefined,
    alongside: () => void = () => {},
  ): Promise<boolean> {
    const isDone = this.#db.write(() => {
      if (this.current(model, kind)?.edits !== edits) return false;
      this.#db.run(`UPDATE analyses SET is_current = 0 WHERE ${OF_MODEL} AND kind = ?`, model, kind);
      const sql = 'UPDATE analyses SET is_current = 1, facts = ? WHERE key = ?';
      const { changes } = this.#db.run(sql, JSON.stringify(facts), key);
      if (changes === 0)
        throw new SinterError(
          'conflict',
          `Another run over the ${kind} of this gallery began meanwhile. Let it end.`,
        );
      alongside();
      return true;
    });
    if (isDone) await this.#dropOthers(model, kind);
    return isDone;
  }

  /** Drops a run that is not current. */
  async drop(key: number, kind: AnalysisKind): Promise<void> {
    const table = ROWS[kind];
    const sql = `DELETE FROM ${table} WHERE analysis = ? AND slot IN
      (SELECT slot FROM ${table} WHERE analysis = ? LIMIT ${ROWS_AT_ONCE})`;
    while (this.#db.write(() => this.#db.run(sql, key, key)).changes > 0) await setImmediate();
    this.#db.write(() => this.#db.run('DELETE FROM analyses WHERE key = ?', key));
  }

  /** Embeddings that a current run says nothing of, because they came since; at most `limit`. */
  unseen(
    key: number,
    model: string,
    kind: AnalysisKind,
    limit: number,
  ): { slot: Slot; vector: Float32Array }[] {
    const sql = `SELECT slot, vector FROM embeddings WHERE ${OF_MODEL} AND NOT EXISTS
      (SELECT 1 FROM ${ROWS[kind]} AS seen WHERE seen.analysis = ? AND seen.slot = embeddings.slot) LIMIT ?`;
    const rows = this.#db.all<{ slot: Slot; vector: Buffer }>(sql, model, key, limit);
    return rows.map((row) => ({ slot: row.slot, vector: toVector(row) }));
  }

  async #dropOthers(model: string, kind: AnalysisKind): Promise<void> {
    const sql = `SELECT key FROM analyses WHERE ${OF_MODEL} AND kind = ? AND is_current = 0`;
    for (const { key } of this.#db.all<{ key: number }>(sql, model, kind)) await this.drop(key, kind);
  }
}
