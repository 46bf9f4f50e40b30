/**
 * The clusters of an open gallery: found anew, read, named, merged; and in which of them an item or a query falls. Items
 * that came since the last run are placed before anything is read.
 */
import type { ClusterMethod } from '../cluster/find-clusters.ts';
import { SinterError } from '../errors.ts';
import type { LongWork } from '../progress.ts';
import { type Clustering, clusterEmbeddings, type RunReport } from './cluster-embeddings.ts';
import type { ClusterId, LabelVote, StoredCluster } from './cluster-store.ts';
import type { ItemId } from './item.ts';
import { mergedCluster } from './merged-cluster.ts';
import { type Placer, placeUnseen, placeVector, type Search } from './place-embeddings.ts';
import type { Store } from './store.ts';

/** What a gallery knows of one cluster. */
export type GalleryCluster = Omit<StoredCluster, 'centres' | 'facts'> & {
  size: number;
  cohesion: number;
  /** The item in the middle, or the surest one where that is gone. */
  medoid: ItemId;
  nearest: { id: ClusterId; name: string | null; similarity: number }[];
  /** What its labelled members would have it called. */
  suggestion: LabelVote | null;
};

/** A whole clustering: `noise` is how many items are in no cluster. Clusters come by falling size. */
export type GalleryClustering = {
  method: ClusterMethod;
  createdAt: string;
  items: number;
  noise: number;
  clusters: GalleryCluster[];
};

/** Where a vector falls. */
export type FallsIn = { id: ClusterId; name: string | null; confidence: number };

export class GalleryClusters {
  readonly #store: Store;
  readonly #placer: Placer;
  #placing: Promise<void> = Promise.resolve();
  /** The run and the version of the gallery that everything was placed at. */
  #placedAt = '';
  #read: { key: string; clusters: StoredCluster[] } | undefined;

  /** `search` finds the nearest items of the active model. */
  constructor(store: Store, search: Search) {
    this.#store = store;
    this.#placer = { store, search, clustersOf: (run) => this.#clusters(run) };
  }

  /** Clusters all items anew; clusters that stay mostly the same keep id and name. Throws as `findClusters`. */
  run(method: ClusterMethod, work: LongWork = {}): Promise<RunReport> {
    return clusterEmbeddings(this.#store, method, work);
  }

  /** Undefined where the gallery was not clustered yet. */
  async all(): Promise<GalleryClustering | undefined> {
    const run = await this.#caughtUp();
    if (!run) return undefined;
    const sizes = this.#store.clusters.sizes(run.key);
    const clusters = this.#clusters(run).filter(({ id }) => sizes.has(id));
    const noise = sizes.get(null) ?? 0;
    const items = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const votes = this.#store.clusters.votes(
      run.key,
      clusters.map(({ id }) => id),
    );
    const told = clusters.map((cluster) =>
      this.#told(run, cluster, sizes.get(cluster.id)!, votes.get(cluster.id)),
    );
    told.sort((a, b) => b.size - a.size || a.id - b.id);
    return { method: run.params, createdAt: run.createdAt, items, noise, clusters: told };
  }

  /** Throws `not-found` for no such cluster. */
  async cluster(id: ClusterId): Promise<GalleryCluster> {
    const run = await this.#expectRun();
    const cluster = this.#store.clusters.get(run.key, id);
    const size = this.#store.clusters.sizes(run.key).get(id) ?? 0;
    return this.#told(run, cluster, size, this.#store.clusters.votes(run.key, [id]).get(id));
  }

  /** Members, the surest first. Throws `not-found` for no such cluster. */
  async members(id: ClusterId, offset: number, limit: number): Promise<{ id: ItemId; confidence: number }[]> {
    const run = await this.#expectRun();
    this.#store.clusters.get(run.key, id);
    return this.#store.clusters.members(run.key, id, offset, limit);
  }

  /** The clusters of items; those that are in none are absent. */
  async ofItems(ids: ItemId[]): Promise<Map<ItemId, FallsIn>> {
    const run = await this.#caughtUp();
    if (!run) return new Map();
    const names = this.#names(run);
    const memberships = this.#store.clusters.memberships(run.key, ids);
    const inOne = [...memberships].flatMap(([item, { cluster, confidence }]): [ItemId, FallsIn][] =>
      cluster === null ? [] : [[item, { id: cluster, name: names.get(cluster) ?? null, confidence }]],
    );
    return new Map(inOne);
  }

  /** The cluster that a vector of the active model falls in, if any. */
  async ofVector(vector: Float32Array): Promise<FallsIn | undefined> {
    const run = await this.#caughtUp();
    const placed = run && (await placeVector(this.#placer, run, vector)).placed;
    return (
      placed && {
        id: placed.cluster,
        name: this.#names(run).get(placed.cluster) ?? null,
        confidence: placed.confidence,
      }
    );
  }

  /** Gives a cluster a name, or takes it away; it stays with the cluster when the gallery is clustered again. */
  async rename(id: ClusterId, name: string | null): Promise<void> {
    const run = await this.#expectRun();
    this.#store.clusters.rename(run.key, id, name);
  }

  /** Makes one cluster of two or more, which stays one when the gallery is clustered again. Throws `not-found` and `bad-input`. */
  async merge(into: ClusterId, from: ClusterId[]): Promise<void> {
    const run = await this.#expectRun();
    if (from.includes(into))
      throw new SinterError(
        'bad-input',
        `Cluster ${into} cannot be merged into itself. Name the others only.`,
      );
    this.#store.db.write(() => {
      for (const other of new Set(from)) {
        const sizes = this.#store.clusters.sizes(run.key);
        const [a, b] = [into, other].map((id) => this.#store.clusters.get(run.key, id));
        this.#store.clusters.merge(
          run.key,
          mergedCluster(a, sizes.get(into) ?? 0, b, sizes.get(other) ?? 0),
          other,
        );
      }
    });
  }

  #told(
    run: Clustering,
    { id, name, isMerged, facts }: StoredCluster,
    size: number,
    vote?: LabelVote,
  ): GalleryCluster {
    const { clusters } = this.#store;
    const names = this.#names(run);
    const medoid = clusters.itemOf(facts.medoid) ?? clusters.members(run.key, id, 0, 1)[0]?.id;
    return {
      id,
      name,
      isMerged,
      size,
      cohesion: facts.cohesion,
      medoid: medoid as ItemId,
      nearest: facts.nearest.map((other) => ({ ...other, name: names.get(other.id) ?? null })),
      suggestion: vote ?? null,
    };
  }

  async #expectRun(): Promise<Clustering> {
    const run = await this.#caughtUp();
    if (run) return run;
    throw new SinterError(
      'not-found',
      'The gallery has no clusters yet. Make them with `sinter cluster` or a job.',
    );
  }

  /** The current run, with everything placed that came since. */
  async #caughtUp(): Promise<Clustering | undefined> {
    const model = this.#store.embeddings.activeModel();
    this.#placing = this.#placing.catch(() => {}).then(() => this.#placeUnseen(model));
    await this.#placing;
    return this.#store.analyses.current(model, 'clusters');
  }

  /** Looks for what came only where something has changed: to look is to go through all embeddings. */
  async #placeUnseen(model: string): Promise<void> {
    const run: Clustering | undefined = this.#store.analyses.current(model, 'clusters');
    const state = `${run?.key} ${this.#store.version()}`;
    if (state === this.#placedAt) return;
    await placeUnseen(this.#placer, model);
    this.#placedAt = state;
  }

  #names(run: Clustering): Map<ClusterId, string | null> {
    return new Map(this.#clusters(run).map(({ id, name }) => [id, name]));
  }

  /** Read once for every state of a run. */
  #clusters({ key, edits }: Clustering): StoredCluster[] {
    const state = `${key} ${edits}`;
    if (this.#read?.key !== state) this.#read = { key: state, clusters: this.#store.clusters.list(key) };
    return this.#read.clusters;
  }
}
