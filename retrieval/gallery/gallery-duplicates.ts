/** Near duplicates of an open gallery: found anew, and read as groups. */
import type { DuplicateOptions } from '../cluster/duplicates.ts';
import { findDuplicatesInThread } from '../cluster/in-cluster-thread.ts';
import type { LongWork } from '../progress.ts';
import { allEmbeddings } from './all-embeddings.ts';
import type { ItemId } from './item.ts';
import type { Store } from './store.ts';

/** Two or more items; `cohesion` is the least cosine of any two. */
export type DuplicateItems = { group: number; cohesion: number; items: ItemId[] };

/** The groups of a page, the most alike first; `next` is where the following page begins, absent after the last. */
export type DuplicatesPage = {
  options: DuplicateOptions;
  createdAt: string;
  total: number;
  groups: DuplicateItems[];
  next?: number;
};

export type DuplicatesReport = { items: number; groups: number; duplicates: number };

export class GalleryDuplicates {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Looks at all items. Throws as `nearDuplicates`. */
  async run(options: DuplicateOptions, work: LongWork = {}): Promise<DuplicatesReport> {
    const { analyses, embeddings } = this.#store;
    const model = embeddings.activeModel();
    const { slots, ...set } = await allEmbeddings(this.#store, model);
    const key = await analyses.begin(model, 'duplicates', options);
    try {
      const groups = await findDuplicatesInThread(set, options, work);
      const rows = groups.flatMap(({ rows, cohesion }, group) =>
        rows.map((row) => [slots[row], group, cohesion]),
      );
      await analyses.writeRows(key, 'duplicates', ['duplicate_group', 'cohesion'], rows);
      const run = { key, model, kind: 'duplicates', facts: {} } as const;
      await analyses.makeCurrent(run, analyses.current(model, 'duplicates')?.edits);
      return { items: slots.length, groups: groups.length, duplicates: rows.length - groups.length };
    } catch (error) {
      await analyses.drop(key, 'duplicates');
      throw error;
    }
  }

  /** Undefined where they were never looked for. Groups of which a single item is left are gone. */
  page(from: number, limit: number): DuplicatesPage | undefined {
    const { analyses, embeddings, db } = this.#store;
    const run = analyses.current<DuplicateOptions, unknown>(embeddings.activeModel(), 'duplicates');
    if (!run) return undefined;
    const all = `SELECT duplicate_group AS id, cohesion FROM duplicates WHERE analysis = ?
      GROUP BY duplicate_group HAVING count(*) > 1`;
    const { total } = db.get<{ total: number }>(`SELECT count(*) AS total FROM (${all})`, run.key)!;
    const sql = `SELECT id, cohesion, (SELECT json_group_array(items.id) FROM duplicates
        JOIN embeddings ON embeddings.slot = duplicates.slot JOIN items ON items.key = embeddings.item
        WHERE analysis = ? AND duplicate_group = groups.id) AS items
      FROM (${all} ORDER BY duplicate_group LIMIT ? OFFSET ?) AS groups`;
    type Row = { id: number; cohesion: number; items: string };
    const rows = db.all<Row>(sql, run.key, run.key, limit, from);
    const groups = rows.map(({ id, cohesion, items }) => ({ group: id, cohesion, items: JSON.parse(items) }));
    const next = from + groups.length;
    return { options: run.params, createdAt: run.createdAt, total, groups, ...(next < total && { next }) };
  }
}
