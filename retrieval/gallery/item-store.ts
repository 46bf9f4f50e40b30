/** The items of a gallery in its database, the truth. Knows nothing of searching, and of embeddings only whose slot is whose. */
import { dirname } from 'node:path';
import type { Slot } from '../index/vector-index.ts';
import { type Random, shuffledNumbers } from '../random.ts';
import type { Database } from './database.ts';
import type { Filter } from './filter.ts';
import { conditionOf } from './filter-sql.ts';
import type { Item, ItemId, ItemPage, ItemPatch, LabelCount, ListOptions, WriteOptions } from './item.ts';
import { mergePatch } from './merge-patch.ts';
import { writeFacts } from './metadata-facts.ts';
import { type ItemRow, toItem, toSource } from './rows.ts';

type Allow = WriteOptions['allow'];

const COLUMNS = 'source, root, content_hash, label, metadata, size_bytes, updated_at';

const UPSERT = `
  INSERT INTO items (id, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET source = excluded.source, root = excluded.root, content_hash = excluded.content_hash,
    label = excluded.label, metadata = excluded.metadata, size_bytes = excluded.size_bytes, updated_at = excluded.updated_at`;

const ITEMS_OF_SLOTS = `
  SELECT json_group_array(json_object('slot', embeddings.slot, 'id', items.id, 'source', items.source,
    'root', items.root, 'content_hash', items.content_hash, 'label', items.label, 'metadata', items.metadata,
    'size_bytes', items.size_bytes, 'updated_at', items.updated_at)) AS list
  FROM json_each(?) AS wanted JOIN embeddings ON embeddings.slot = wanted.value JOIN items ON items.key = embeddings.item`;

/** Sources that begin with `images/`: that are relative, and so within the gallery's folder. */
const IS_KEPT = `(source >= 'images/' AND source < 'images0')`;

/** Some megabytes: items are a few hundred bytes each. */
const MOST_ITEMS_READ = 10_000;

export class ItemStore {
  readonly #db: Database;
  /** Where a relative source begins. */
  readonly #folder: string;
  /** What was read of one version of the database: SQLite goes through all items to count them, and finds some often. */
  readonly #read: { version?: string; count?: number; items: Map<Slot, Item> } = { items: new Map() };

  constructor(db: Database) {
    this.#db = db;
    this.#folder = dirname(db.file);
  }

  count(): number {
    this.#dropStale();
    this.#read.count ??= this.countOf(undefined);
    return this.#read.count;
  }

  countOf(filter: Filter | undefined): number {
    const { sql, values } = conditionOf(filter);
    return this.#db.get<{ count: number }>(`SELECT count(*) AS count FROM items WHERE ${sql}`, ...values)!
      .count;
  }

  item(id: ItemId): Item | undefined {
    const row = this.#db.get<ItemRow>('SELECT * FROM items WHERE id = ?', id);
    return row && this.#toItem(row);
  }

  /** The items of these ids that are there, in the order given. */
  itemsOfIds(ids: ItemId[]): Item[] {
    const sql =
      'SELECT items.* FROM json_each(?) AS wanted JOIN items ON items.id = wanted.value ORDER BY wanted.key';
    return this.#db.all<ItemRow>(sql, JSON.stringify(ids)).map((row) => this.#toItem(row));
  }

  /** The items that hold these slots now. */
  itemsOfSlots(slots: Slot[]): Map<Slot, Item> {
    this.#dropStale();
    const { items } = this.#read;
    const unread = slots.filter((slot) => !items.has(slot));
    if (items.size + unread.length > MOST_ITEMS_READ) items.clear();
    const asked = items.size === 0 ? slots : unread;
    const rows =
      asked.length === 0
        ? []
        : this.#db.list<ItemRow & { slot: Slot }>(ITEMS_OF_SLOTS, JSON.stringify(asked));
    for (const row of rows) items.set(row.slot, this.#toItem(row));
    return new Map(slots.flatMap((slot) => (items.has(slot) ? [[slot, items.get(slot)!]] : [])));
  }

  /** All items in order of id, of one moment: what is written meanwhile does not show. */
  *items(root?: string): Generator<Item> {
    const [condition, values] = root === undefined ? ['', []] : ['WHERE root = ?', [root]];
    for (const row of this.#db.snapshotRows<ItemRow>(
      `SELECT * FROM items ${condition} ORDER BY id`,
      ...values,
    ))
      yield this.#toItem(row);
  }

  /**
   * `n` items drawn evenly; the first of them are the same however many. Numbers of items that were removed are drawn
   * too and passed over, so that not all need be read.
   */
  sample(n: number, random: Random): Item[] {
    const { first, last } = this.#db.get<{ first: number; last: number }>(
      'SELECT coalesce(min(key), 0) AS first, coalesce(max(key), -1) AS last FROM items',
    )!;
    const wanted = Math.min(n, this.count());
    const numbers = shuffledNumbers(last - first + 1, random);
    const drawn: Item[] = [];
    let keys: number[];
    do {
      const next = Array.from({ length: wanted }, () => numbers.next());
      keys = next.flatMap(({ done, value }) => (done ? [] : [first + value]));
      drawn.push(...this.#ofKeys(keys));
    } while (drawn.length < wanted && keys.length > 0);
    return drawn.slice(0, wanted);
  }

  #ofKeys(keys: number[]): Item[] {
    const sql =
      'SELECT items.* FROM json_each(?) AS wanted JOIN items ON items.key = wanted.value ORDER BY wanted.key';
    return this.#db.all<ItemRow>(sql, JSON.stringify(keys)).map((row) => this.#toItem(row));
  }

  page({ filter, after = '' as ItemId, offset = 0, limit }: ListOptions): ItemPage {
    const { sql, values } = conditionOf(filter);
    const query = `SELECT * FROM items WHERE id > ? AND ${sql} ORDER BY id LIMIT ? OFFSET ?`;
    const rows = this.#db.all<ItemRow>(query, after, ...values, limit + 1, offset);
    const items = rows.slice(0, limit).map((row) => this.#toItem(row));
    return rows.length > limit ? { items, next: items.at(-1)!.id } : { items };
  }

  labels(filter: Filter | undefined): LabelCount[] {
    const { sql, values } = conditionOf(filter);
    const counted = `SELECT label, count(*) AS count FROM items WHERE ${sql} GROUP BY label`;
    return this.#db.all<LabelCount>(`${counted} ORDER BY count DESC, label IS NULL, label`, ...values);
  }

  /** Adds an item or replaces the one of its id; its number, and the image that it had before. Within a `write`. */
  put(
    item: Omit<Item, 'updatedAt'>,
    allow?: Allow,
  ): { key: number; before?: { contentHash: string; source: string } } {
    const before = this.#keyed(item.id);
    allow?.({ id: item.id, before: before && this.#toItem(before), after: item });
    this.#save(item);
    const key = before?.key ?? this.#keyed(item.id)!.key;
    if (before?.metadata !== JSON.stringify(item.metadata)) writeFacts(this.#db, key, item.metadata);
    if (!before) return { key };
    return { key, before: { contentHash: before.content_hash, source: this.#toItem(before).source } };
  }

  /** Changes the items of these ids that are there; how many. Within a `write`. */
  patch(ids: ItemId[], { label, metadata }: ItemPatch, allow?: Allow): number {
    const items = this.itemsOfIds(ids);
    for (const item of items) {
      const after = {
        ...item,
        ...(label !== undefined && { label }),
        ...(metadata !== undefined && { metadata: mergePatch(item.metadata, metadata) }),
      };
      this.put(after, allow);
    }
    return items.length;
  }

  /** Removes the item with all that hangs on it; its slots and source, or undefined where there was none. Within a `write`. */
  remove(id: ItemId, allow?: Allow): { slots: Slot[]; source: string } | undefined {
    const row = this.#keyed(id);
    if (!row) return undefined;
    allow?.({ id, before: this.#toItem(row), after: undefined });
    const slots = this.#db.all<{ slot: Slot }>('SELECT slot FROM embeddings WHERE item = ?', row.key);
    this.#db.run('DELETE FROM items WHERE key = ?', row.key);
    return { slots: slots.map(({ slot }) => slot), source: this.#toItem(row).source };
  }

  /** The number of the item of this id, if it has this content. */
  keyOf(id: ItemId, contentHash: string): number | undefined {
    const row = this.#keyed(id);
    return row?.content_hash === contentHash ? row.key : undefined;
  }

  /** Whether an item's image file is this one. */
  isSource(path: string): boolean {
    return this.#db.get('SELECT key FROM items WHERE source = ?', toSource(path, this.#folder)) !== undefined;
  }

  /** The image files that the gallery keeps itself, by path within its folder, and the content that they must have. */
  keptImages(): { source: string; contentHash: string }[] {
    const sql = `SELECT DISTINCT source, content_hash AS contentHash FROM items WHERE ${IS_KEPT} ORDER BY source`;
    return this.#db.all(sql);
  }

  /** The items whose image file lies elsewhere. */
  elsewhere(): { id: ItemId; source: string }[] {
    return this.#db.all(`SELECT id, source FROM items WHERE NOT ${IS_KEPT} ORDER BY id`);
  }

  #save({ id, source, root, contentHash, label, metadata, sizeBytes }: Omit<Item, 'updatedAt'>): void {
    const place = [toSource(source, this.#folder), root ?? null];
    const rest = [contentHash, label, JSON.stringify(metadata), sizeBytes, new Date().toISOString()];
    this.#db.run(UPSERT, id, ...place, ...rest);
  }

  #keyed(id: ItemId): ItemRow | undefined {
    return this.#db.get<ItemRow>('SELECT * FROM items WHERE id = ?', id);
  }

  #toItem(row: ItemRow): Item {
    return toItem(row, this.#folder);
  }

  /** Whoever wrote, an own write or another process, what was read before it is read again. */
  #dropStale(): void {
    const version = this.#db.version();
    if (version === this.#read.version) return;
    this.#read.version = version;
    delete this.#read.count;
    this.#read.items.clear();
  }
}
