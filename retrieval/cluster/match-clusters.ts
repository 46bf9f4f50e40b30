/**
 * Which clusters of one run are those of the run before, by the members that they share. Knows nothing of vectors: ids in,
 * ids out.
 */

export type KnownClusters<Id> = {
  /** For each vector the cluster it was in before; null for none or not known. */
  before: (Id | null)[];
  /** Clusters that the user merged from several: what they were merged from is not to come apart again. */
  merged: ReadonlySet<Id>;
};

/**
 * For each found cluster the id of the one that it goes on from, or null for a new one. A cluster goes on where more than
 * half of its members, as far as they were in one before, come from that one and more than half of that one's are in it.
 * Several found clusters get the id of one that the user merged where each comes mostly from it; otherwise ids are unique.
 * @param found the cluster of each vector, 0 to count − 1; −1 for none.
 */
export function matchClusters<Id>(found: Int32Array, count: number, known: KnownClusters<Id>): (Id | null)[] {
  const { shared, sizesBefore, sizesNow } = countShared(found, count, known.before);
  const origins = shared.map((from, cluster) => {
    const origin = [...from].find(([, size]) => size > sizesNow[cluster] / 2);
    return origin === undefined ? null : origin[0];
  });
  const held = new Map<Id, number>();
  origins.forEach((origin, cluster) => {
    if (origin === null) return;
    const size = shared[cluster].get(origin) as number;
    const together = known.merged.has(origin)
      ? (held.get(origin) ?? 0) + size
      : Math.max(held.get(origin) ?? 0, size);
    held.set(origin, together);
  });
  return origins.map((origin, cluster) => {
    if (origin === null) return null;
    const half = (sizesBefore.get(origin) as number) / 2;
    if ((held.get(origin) as number) <= half) return null;
    return known.merged.has(origin) || (shared[cluster].get(origin) as number) > half ? origin : null;
  });
}

/** How many members each found cluster shares with which one before; and both sides' members that count. */
function countShared<Id>(found: Int32Array, count: number, before: (Id | null)[]) {
  const shared = Array.from({ length: count }, () => new Map<Id, number>());
  const sizesNow = new Int32Array(count);
  const sizesBefore = new Map<Id, number>();
  found.forEach((cluster, row) => {
    const id = before[row] ?? null;
    if (id === null) return;
    sizesBefore.set(id, (sizesBefore.get(id) ?? 0) + 1);
    if (cluster < 0) return;
    sizesNow[cluster]++;
    shared[cluster].set(id, (shared[cluster].get(id) ?? 0) + 1);
  });
  return { shared, sizesBefore, sizesNow };
}
