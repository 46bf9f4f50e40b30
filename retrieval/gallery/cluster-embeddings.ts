/** Clusters all embeddings of the active model, and keeps what is found in the place of the run before. */
import type { ChosenK } from '../cluster/choose-k.ts';
import { DENSITY_DEFAULTS, type DensityOptions } from '../cluster/density.ts';
import type { ClusterMethod, FoundClusters } from '../cluster/find-clusters.ts';
import { findClustersInThread } from '../cluster/in-cluster-thread.ts';
import { matchClusters } from '../cluster/match-clusters.ts';
import { SinterError } from '../errors.ts';
import type { Slot } from '../index/vector-index.ts';
import type { LongWork } from '../progress.ts';
import { allEmbeddings } from './all-embeddings.ts';
import type { Analysis } from './analysis-store.ts';
import type { ClusterId, StoredCluster } from './cluster-store.ts';
import { mergedCluster } from './merged-cluster.ts';
import type { Store } from './store.ts';

/** What is kept of a run beside its clusters. */
export type ClusteringFacts = {
  /** The mean cosine of a member and its centre. */
  cohesion: number;
  /** The id of the next cluster that is new: ids are never used twice. */
  nextId: number;
  /** Of density clusters. */
  minSamples?: number;
  chosen?: ChosenK;
};

export type Clustering = Analysis<ClusterMethod, ClusteringFacts>;

export type RunReport = {
  items: number;
  clusters: number;
  /** Clusters that go on from the run before. */
  kept: number;
  /** Items in no cluster. */
  noise: number;
  /** The mean cosine of an item and the centre of its cluster. */
  cohesion: number;
  /** Where k was to be chosen: what was tried. */
  chosen?: ChosenK;
};

/** Throws `bad-input` for an empty gallery or an option out of range, `interrupted`, `conflict` beside another run. */
export async function clusterEmbeddings(
  store: Store,
  method: ClusterMethod,
  work: LongWork = {},
): Promise<RunReport> {
  const model = store.embeddings.activeModel();
  const { slots, ...set } = await allEmbeddings(store, model);
  if (slots.length === 0)
    throw new SinterError('bad-input', 'The gallery is empty: there is nothing to cluster.');
  const key = await store.analyses.begin(model, 'clusters', method);
  try {
    const found = await findClustersInThread(set, method, work);
    for (;;) {
      const before: Clustering | undefined = store.analyses.current(model, 'clusters');
      const next = goOn(store, before, found, slots);
      await writeMembers(store, key, next.ids, found, slots);
      const run = { key, model, kind: 'clusters', facts: factsOf(method, found, next.nextId) } as const;
      const alongside = () => store.clusters.add(key, next.clusters);
      if (await store.analyses.makeCurrent(run, before?.edits, alongside)) return reportOf(found, next);
    }
  } catch (error) {
    await store.analyses.drop(key, 'clusters');
    throw error;
  }
}

type Next = {
  /** The id of each found cluster; some may share one, where the user merged clusters before. */
  ids: ClusterId[];
  clusters: StoredCluster[];
  kept: number;
  nextId: number;
};

/** Gives the found clusters the ids and names of those that they go on from, and new ids to the others. */
function goOn(store: Store, before: Clustering | undefined, found: FoundClusters, slots: Slot[]): Next {
  const known = new Map(
    before ? store.clusters.list(before.key).map((cluster) => [cluster.id, cluster]) : [],
  );
  const ofSlots = before ? store.clusters.clustersOfSlots(before.key) : new Map<Slot, ClusterId | null>();
  const merged = new Set([...known.values()].filter(({ isMerged }) => isMerged).map(({ id }) => id));
  const clustersBefore = slots.map((slot) => ofSlots.get(slot) ?? null);
  const matched = matchClusters(found.members, found.clusters.length, { before: clustersBefore, merged });
  let nextId = before?.facts.nextId ?? 1;
  const ids = matched.map((id) => id ?? (nextId++ as ClusterId));
  const clusters = new Map<ClusterId, { size: number; cluster: StoredCluster }>();
  found.clusters.forEach(({ size }, i) => {
    const cluster = toStored(found, i, ids, slots, known.get(ids[i]));
    const other = clusters.get(cluster.id);
    if (other === undefined) clusters.set(cluster.id, { size, cluster });
    else
      clusters.set(cluster.id, {
        size: other.size + size,
        cluster: mergedCluster(other.cluster, other.size, cluster, size),
      });
  });
  const kept = new Set(matched.filter((id) => id !== null)).size;
  return { ids, clusters: [...clusters.values()].map(({ cluster }) => cluster), kept, nextId };
}

function toStored(
  { clusters }: FoundClusters,
  i: number,
  ids: ClusterId[],
  slots: Slot[],
  before: StoredCluster | undefined,
): StoredCluster {
  const { centroid, medoid, cohesion, reach, nearest, extent } = clusters[i];
  const others = nearest.map(({ cluster, similarity }) => ({ id: ids[cluster], similarity }));
  return {
    id: ids[i],
    name: before?.name ?? null,
    isMerged: before?.isMerged ?? false,
    centres: centroid,
    facts: {
      medoid: slots[medoid],
      cohesion,
      reach,
      nearest: others.filter(({ id }) => id !== ids[i]),
      ...(extent && { extent }),
    },
  };
}

function writeMembers(
  store: Store,
  key: number,
  ids: ClusterId[],
  found: FoundClusters,
  slots: Slot[],
): Promise<void> {
  const rows = slots.map((slot, i) => [
    slot,
    found.members[i] < 0 ? null : ids[found.members[i]],
    found.confidences[i],
    found.coreDistances?.[i] ?? null,
  ]);
  return store.analyses.writeRows(key, 'clusters', ['cluster', 'confidence', 'core_distance'], rows);
}

function factsOf(method: ClusterMethod, found: FoundClusters, nextId: number): ClusteringFacts {
  const { minClusterSize, minSamples = minClusterSize } = {
    ...DENSITY_DEFAULTS,
    ...method,
  } as DensityOptions;
  return {
    cohesion: meanCohesion(found),
    nextId,
    ...(method.name === 'density' && minSamples !== undefined && { minSamples }),
    ...(found.chosen && { chosen: found.chosen }),
  };
}

function meanCohesion({ clusters }: FoundClusters): number {
  const members = clusters.reduce((sum, { size }) => sum + size, 0);
  return clusters.reduce((sum, { cohesion, size }) => sum + cohesion * size, 0) / Math.max(1, members);
}

function reportOf(found: FoundClusters, { clusters, kept }: Next): RunReport {
  return {
    items: found.members.length,
    clusters: clusters.length,
    kept,
    noise: found.members.filter((cluster) => cluster < 0).length,
    cohesion: meanCohesion(found),
    ...(found.chosen && { chosen: found.chosen }),
  };
}
