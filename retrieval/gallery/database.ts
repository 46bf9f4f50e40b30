/**
 * A SQLite database file: the one file that imports libsql. Statements are prepared once, every commit is on disk when it
 * returns, other processes may read and write beside, and SQLite's errors come out as the project's own. Knows no tables.
 */
import { pathToFileURL } from 'node:url';
import Libsql from 'libsql';
import { SinterError } from '../errors.ts';
import { nameSqliteError } from './name-sqlite-error.ts';

export type DatabaseOptions = {
  /** How long a write waits for another process's write before it fails with `conflict`; default 5000. */
  busyTimeoutMs?: number;
  /** Opens a file that nobody writes to, and leaves it and its folder as they are. */
  readOnly?: boolean;
};

export type Value = string | number | null | Uint8Array;

export class Database {
  readonly file: string;
  readonly #options: Required<DatabaseOptions>;
  readonly #connection: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();
  #isClosed = false;
  #kept = { version: '', rows: new Map<string, unknown>() };
  #ownWrites = 0;
  #othersVersion: number | undefined;

  /** Opens or creates `file`. Throws `bad-gallery` where it is no database, `conflict` while another process holds it. */
  constructor(file: string, { busyTimeoutMs = 5000, readOnly = false }: DatabaseOptions = {}) {
    this.file = file;
    this.#options = { busyTimeoutMs, readOnly };
    this.#connection = this.#guard(() => connect(file, this.#options));
  }

  /** The first row, or undefined. */
  get<Row>(sql: string, ...values: Value[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(values)) as Row | undefined;
  }

  /** The same for the few rows that every search asks for: SQLite is asked again once anyone has written. Callers must not change the row. */
  getKept<Row>(sql: string, ...values: Value[]): Row | undefined {
    if (this.#connection.inTransaction) return this.get(sql, ...values);
    const version = this.version();
    if (version !== this.#kept.version) this.#kept = { version, rows: new Map() };
    const question = JSON.stringify([sql, values]);
    if (!this.#kept.rows.has(question)) this.#kept.rows.set(question, this.get(sql, ...values));
    return this.#kept.rows.get(question) as Row | undefined;
  }

  all<Row>(sql: string, ...values: Value[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(values)) as Row[];
  }

  /** For a statement whose first row has a JSON array as `list`, which is five times as fast as row by row. */
  list<T>(sql: string, ...values: Value[]): T[] {
    return JSON.parse(this.get<{ list: string }>(sql, ...values)?.list ?? '[]');
  }

  /** Rows one by one, all of one moment: read on a connection of their own, what is written meanwhile does not show. */
  *snapshotRows<Row>(sql: string, ...values: Value[]): Generator<Row> {
    this.#expectOpen();
    const reader = this.#guard(() => connect(this.file, this.#options));
    try {
      reader.exec('BEGIN');
      for (const row of reader.prepare(sql).iterate(values)) yield row as Row;
    } finally {
      reader.close();
    }
  }

  /** Runs a statement that writes; to be called within `write`. */
  run(sql: string, ...values: Value[]): { changes: number; lastId: number } {
    const { changes, lastInsertRowid } = this.#guard(() => this.#statement(sql).run(values));
    return { changes, lastId: Number(lastInsertRowid) };
  }

  /** Runs statements that have no values. */
  exec(sql: string): void {
    this.#expectOpen();
    this.#guard(() => this.#connection.exec(sql));
  }

  /** Does all of `work` or nothing of it; on disk when it returns. Within another `write` it is a part of that. */
  write<T>(work: () => T): T {
    this.#expectOpen();
    if (this.#connection.inTransaction) return work();
    this.#ownWrites++;
    return this.#guard(() => {
      this.#connection.exec('BEGIN IMMEDIATE');
      this.#othersVersion = undefined; // it may have waited for another's write
      try {
        const result = work();
        this.#connection.exec('COMMIT');
        return result;
      } catch (error) {
        // A full disk ends the transaction by itself, and its error is the one to show.
        if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
        throw error;
      }
    });
  }

  /** Writes the database as it is now into a new file, while others may go on writing. */
  copyTo(file: string): void {
    this.#guard(() => this.#statement('VACUUM INTO ?').run([file]));
  }

  /**
   * A number that changes when another process (or connection) has written. SQLite is asked once in a turn of the event
   * loop, and again within `write`: a search comes here nine times, and each time takes locks on the file.
   */
  othersVersion(): number {
    if (this.#othersVersion === undefined) {
      this.#othersVersion = this.get<{ data_version: number }>('PRAGMA data_version')!.data_version;
      process.nextTick(() => {
        this.#othersVersion = undefined;
      });
    }
    return this.#othersVersion;
  }

  /** A text that changes when anyone has written. */
  version(): string {
    return `${this.othersVersion()}-${this.#ownWrites}`;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#statements.clear();
    // libsql leaves this undone: afterwards the file alone is the whole database, for whoever copies it.
    if (!this.#options.readOnly) this.#connection.exec('PRAGMA wal_checkpoint(PASSIVE)');
    this.#connection.close();
  }

  #statement(sql: string): Libsql.Statement {
    this.#expectOpen();
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#connection.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  #expectOpen(): void {
    if (this.#isClosed) throw new SinterError('bad-input', `The gallery at ${this.file} is closed.`);
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw nameSqliteError(error, this.file, this.#options.busyTimeoutMs);
    }
  }
}

/**
 * Locks `file`, which is made if there is none and stays empty; returns what unlocks it, or undefined while it is locked by
 * whomever. The lock is SQLite's on an empty database, that is, the system's: it ends with its process, however that ends.
 */
export function lockFile(file: string): (() => void) | undefined {
  const connection = new Libsql(file, { timeout: 0 });
  try {
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    connection.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
  return () => {
    connection.exec('ROLLBACK');
    connection.close();
  };
}

/** A connection whose commits are on disk when they return, and which other processes may read beside. */
function connect(
  file: string,
  { busyTimeoutMs: timeout, readOnly }: Required<DatabaseOptions>,
): Libsql.Database {
  if (readOnly) return new Libsql(`${pathToFileURL(file)}?mode=ro&immutable=1`);
  const connection = new Libsql(file, { timeout });
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  return connection;
}
