/** Long work on a gallery, as it is remembered in its database: what was asked for, how far it got, how it ended. */
import { dirname, join } from 'node:path';
import { type Database, lockFile } from './database.ts';

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

export type Job = {
  id: string;
  kind: string;
  params: Record<string, unknown>;
  state: JobState;
  progress?: unknown;
  /** What it found, once it is done. */
  result?: unknown;
  /** Why it failed. */
  error?: unknown;
  /** ISO 8601, UTC, as all times. */
  createdAt: string;
  startedAt?: string;
  endedAt?: string;
};

export type JobChange = Partial<Omit<Job, 'id' | 'kind' | 'params' | 'createdAt'>>;

type JobRow = {
  id: string;
  kind: string;
  params: string;
  state: JobState;
  progress: string | null;
  result: string | null;
  error: string | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
};

const INSERT = `
  INSERT INTO jobs (id, kind, params, state, progress, result, error, created_at, started_at, ended_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET state = excluded.state, progress = excluded.progress, result = excluded.result,
    error = excluded.error, started_at = excluded.started_at, ended_at = excluded.ended_at`;

/** Beside the database; locked by the process that works on the jobs. */
const LOCK = 'jobs.lock';

export class JobStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  get(id: string): Job | undefined {
    const row = this.#db.get<JobRow>('SELECT * FROM jobs WHERE id = ?', id);
    return row && toJob(row);
  }

  /** The newest first, those in one of `states` where given. */
  list({ states, limit = 100 }: { states?: JobState[]; limit?: number } = {}): Job[] {
    const where = states ? 'WHERE state IN (SELECT value FROM json_each(?))' : '';
    const sql = `SELECT * FROM jobs ${where} ORDER BY created_at DESC, rowid DESC LIMIT ?`;
    const rows = this.#db.all<JobRow>(sql, ...(states ? [JSON.stringify(states)] : []), limit);
    return rows.map(toJob);
  }

  add(job: Job): void {
    this.#db.write(() => this.#save(job));
  }

  /** Changes a job and returns it as it is now; one that has ended stays as it is. Undefined where there is none of the id. */
  change(id: string, change: JobChange): Job | undefined {
    return this.#db.write(() => {
      const before = this.get(id);
      if (!before || before.endedAt) return before;
      const after = { ...before, ...change };
      this.#save(after);
      return after;
    });
  }

  /**
   * Takes the right to work on jobs, which one at a time has, and returns what gives it back; undefined while it is
   * another's. Whoever ends without giving it back, killed or not, has it no more.
   */
  claim(): (() => void) | undefined {
    return lockFile(join(dirname(this.#db.file), LOCK));
  }

  /** Forgets all but the newest `keep` of the jobs that ended. */
  forgetOld(keep: number): void {
    const ended = `SELECT id FROM jobs WHERE state IN ('done', 'failed', 'cancelled') ORDER BY ended_at DESC, rowid DESC LIMIT -1 OFFSET ?`;
    this.#db.write(() => this.#db.run(`DELETE FROM jobs WHERE id IN (${ended})`, keep));
  }

  #save({ id, kind, params, state, progress, result, error, createdAt, startedAt, endedAt }: Job): void {
    const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
    const parts = [JSON.stringify(params), state, json(progress), json(result), json(error)];
    this.#db.run(INSERT, id, kind, ...parts, createdAt, startedAt ?? null, endedAt ?? null);
  }
}

function toJob(row: JobRow): Job {
  const { id, kind, params, state, progress, result, error, created_at, started_at, ended_at } = row;
  return {
    id,
    kind,
    params: JSON.parse(params),
    state,
    ...(progress !== null && { progress: JSON.parse(progress) }),
    ...(result !== null && { result: JSON.parse(result) }),
    ...(error !== null && { error: JSON.parse(error) }),
    createdAt: created_at,
    ...(started_at !== null && { startedAt: started_at }),
    ...(ended_at !== null && { endedAt: ended_at }),
  };
}
