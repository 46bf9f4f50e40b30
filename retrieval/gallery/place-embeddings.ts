/** Places embeddings that came after a clustering in the clusters that it found. Changes no cluster. */
import { setImmediate } from 'node:timers/promises';
import { concentrationOf } from '../cluster/confidence.ts';
import { type Placed, placeByCentres, placeByNeighbours } from '../cluster/place.ts';
import { chord } from '../cluster/unit-vectors.ts';
import type { Slot } from '../index/vector-index.ts';
import type { Clustering } from './cluster-embeddings.ts';
import type { ClusterId, StoredCluster } from './cluster-store.ts';
import type { Hit, ItemId } from './item.ts';
import type { Store } from './store.ts';

export type Search = (vector: Float32Array, k: number, exclude: ItemId[]) => Promise<Hit[]>;

export type Placer = {
  store: Store;
  /** The nearest items of the active model. */
  search: Search;
  clustersOf(run: Clustering): StoredCluster[];
};

/** `coreDistance` is null where clusters are not of density. */
type Place = { placed: Placed<ClusterId> | undefined; coreDistance: number | null };

/** Embeddings that are placed between two turns of the event loop. */
const PLACED_AT_ONCE = 64;
/** Beside those that say how dense it is around a vector, so many more neighbours may be the one it belongs to. */
const MORE_NEIGHBOURS = 8;

/** Places all embeddings by the model that its current clustering has not seen. */
export async function placeUnseen(placer: Placer, model: string): Promise<void> {
  const { analyses } = placer.store;
  for (;;) {
    const run: Clustering | undefined = analyses.current(model, 'clusters');
    const unseen = run ? analyses.unseen(run.key, model, 'clusters', PLACED_AT_ONCE) : [];
    if (!run || unseen.length === 0) return;
    const rows = await Promise.all(unseen.map(({ slot, vector }) => memberRow(placer, run, slot, vector)));
    await analyses.writeRows(run.key, 'clusters', ['cluster', 'confidence', 'core_distance'], rows);
    await setImmediate();
  }
}

async function memberRow(
  placer: Placer,
  run: Clustering,
  slot: Slot,
  vector: Float32Array,
): Promise<(number | null)[]> {
  const self = placer.store.clusters.itemOf(slot);
  const { placed, coreDistance } = await placeVector(placer, run, vector, self === undefined ? [] : [self]);
  return [slot, placed?.cluster ?? null, placed?.confidence ?? 0, coreDistance];
}

/** Where a vector of the run's model falls. */
export async function placeVector(
  placer: Placer,
  run: Clustering,
  vector: Float32Array,
  exclude: ItemId[] = [],
): Promise<Place> {
  const clusters = placer.clustersOf(run);
  const { minSamples, cohesion } = run.facts;
  if (minSamples !== undefined) return placeByDensity(placer, run, vector, minSamples, exclude);
  const placing = clusters.map(({ id, centres, facts }) => ({ id, centres, reach: facts.reach }));
  const placed = placeByCentres(vector, placing, concentrationOf(cohesion, vector.length));
  return { placed, coreDistance: null };
}

async function placeByDensity(
  { store, search, clustersOf }: Placer,
  run: Clustering,
  vector: Float32Array,
  minSamples: number,
  exclude: ItemId[],
): Promise<Place> {
  const hits = await search(vector, minSamples + MORE_NEIGHBOURS, exclude);
  const ids = hits.map(({ item }) => item.id);
  const memberships = store.clusters.memberships(run.key, ids);
  const neighbours = hits.flatMap(({ item, similarity }) => {
    const found = memberships.get(item.id);
    return found ? [{ similarity, cluster: found.cluster, coreDistance: found.coreDistance ?? 0 }] : [];
  });
  const extents = new Map(clustersOf(run).map(({ id, facts }) => [id, facts.extent]));
  const placed = placeByNeighbours(
    neighbours,
    minSamples,
    (id) => extents.get(id) ?? { widest: 0, densest: 0 },
  );
  const last = hits[minSamples - 2];
  return { placed, coreDistance: last ? chord(last.similarity) : 0 };
}
