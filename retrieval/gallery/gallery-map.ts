/** The map of an open gallery: every item as a point in the plane, near the items that are like it. */
import { drawMapInThread } from '../cluster/in-cluster-thread.ts';
import { SinterError } from '../errors.ts';
import { FEWEST_POINTS } from '../map/umap.ts';
import type { LongWork } from '../progress.ts';
import { allEmbeddings } from './all-embeddings.ts';
import type { ClusterId } from './cluster-store.ts';
import type { ItemId } from './item.ts';
import type { Search } from './place-embeddings.ts';
import type { Store } from './store.ts';

/** Columns of equal length, one number or text a point; `labels` and `clusters` are numbers of entries in the lists, −1 for none. */
export type GalleryMap = {
  createdAt: string;
  ids: ItemId[];
  x: number[];
  y: number[];
  labelNames: string[];
  labels: number[];
  clusterIds: ClusterId[];
  clusters: number[];
};

const PLACED_AT_ONCE = 64;
/** A point that comes later lies in the middle of so many items like it. */
const NEIGHBOURS = 3;
/** Of the map's numbers, which reach from about −15 to 15. */
const DECIMALS = 3;

type PointRow = [id: ItemId, x: number, y: number, label: string | null, cluster: ClusterId | null];

export class GalleryMaps {
  readonly #store: Store;
  readonly #search: Search;
  #placing: Promise<void> = Promise.resolve();

  constructor(store: Store, search: Search) {
    this.#store = store;
    this.#search = search;
  }

  /** Draws all items anew; the same seed draws the same gallery the same. Throws `bad-input` for too few items. */
  async run(seed: number, work: LongWork = {}): Promise<{ items: number }> {
    const { analyses, embeddings } = this.#store;
    const model = embeddings.activeModel();
    const { slots, ...set } = await allEmbeddings(this.#store, model);
    if (slots.length < FEWEST_POINTS)
      throw new SinterError(
        'bad-input',
        `Expected at least ${FEWEST_POINTS} items to draw a map of, got ${slots.length}.`,
      );
    const key = await analyses.begin(model, 'map', { seed });
    try {
      const points = await drawMapInThread(set, seed, work);
      const rows = slots.map((slot, i) => [slot, points[2 * i], points[2 * i + 1]]);
      await analyses.writeRows(key, 'map', ['x', 'y'], rows);
      await analyses.makeCurrent(
        { key, model, kind: 'map', facts: {} },
        analyses.current(model, 'map')?.edits,
      );
      return { items: slots.length };
    } catch (error) {
      await analyses.drop(key, 'map');
      throw error;
    }
  }

  /** Undefined where none was drawn. Items that came since lie among those that are like them. */
  async read(): Promise<GalleryMap | undefined> {
    const { analyses, embeddings, db } = this.#store;
    const model = embeddings.activeModel();
    this.#placing = this.#placing.catch(() => {}).then(() => this.#placeUnseen(model));
    await this.#placing;
    const run = analyses.current(model, 'map');
    if (!run) return undefined;
    const clustering = analyses.current(model, 'clusters')?.key ?? -1;
    const sql = `SELECT json_group_array(json_array(items.id, round(x, ${DECIMALS}), round(y, ${DECIMALS}), label, cluster)) AS list
      FROM map_points JOIN embeddings ON embeddings.slot = map_points.slot JOIN items ON items.key = embeddings.item
      LEFT JOIN cluster_members ON cluster_members.analysis = ? AND cluster_members.slot = map_points.slot
      WHERE map_points.analysis = ?`;
    return { createdAt: run.createdAt, ...inColumns(db.list<PointRow>(sql, clustering, run.key)) };
  }

  async #placeUnseen(model: string): Promise<void> {
    const { analyses, clusters } = this.#store;
    for (;;) {
      const run = analyses.current(model, 'map');
      const unseen = run ? analyses.unseen(run.key, model, 'map', PLACED_AT_ONCE) : [];
      if (!run || unseen.length === 0) return;
      const rows = await Promise.all(
        unseen.map(async ({ slot, vector }) => {
          const self = clusters.itemOf(slot);
          return [slot, ...(await this.#middleOfLike(run.key, vector, self))];
        }),
      );
      await analyses.writeRows(run.key, 'map', ['x', 'y'], rows);
    }
  }

  /** Items that are not on the map themselves say nothing; beside none that are, a point lies in the origin. */
  async #middleOfLike(
    run: number,
    vector: Float32Array,
    self: ItemId | undefined,
  ): Promise<[number, number]> {
    const hits = await this.#search(vector, NEIGHBOURS, self === undefined ? [] : [self]);
    const sql = `SELECT coalesce(avg(x), 0) AS x, coalesce(avg(y), 0) AS y FROM json_each(?) AS wanted
      CROSS JOIN items ON items.id = wanted.value CROSS JOIN embeddings ON embeddings.item = items.key
      CROSS JOIN map_points AS points ON points.analysis = ? AND points.slot = embeddings.slot`;
    const ids = JSON.stringify(hits.map(({ item }) => item.id));
    const { x, y } = this.#store.db.get<{ x: number; y: number }>(sql, ids, run)!;
    return [x, y];
  }
}

function inColumns(rows: PointRow[]): Omit<GalleryMap, 'createdAt'> {
  const [labels, clusters] = [numbered(rows.map((row) => row[3])), numbered(rows.map((row) => row[4]))];
  return {
    ids: rows.map((row) => row[0]),
    x: rows.map((row) => row[1]),
    y: rows.map((row) => row[2]),
    labelNames: labels.names,
    labels: labels.numbers,
    clusterIds: clusters.names,
    clusters: clusters.numbers,
  };
}

/** Each different value once, and which of them each row has. */
function numbered<T>(values: (T | null)[]): { names: T[]; numbers: number[] } {
  const numberOf = new Map<T, number>();
  const numbers = values.map((value) => {
    if (value === null) return -1;
    if (!numberOf.has(value)) numberOf.set(value, numberOf.size);
    return numberOf.get(value) as number;
  });
  return { names: [...numberOf.keys()], numbers };
}
