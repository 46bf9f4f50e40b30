/** One cluster made of two, each with its number of members. Knows no database. */
import type { StoredCluster } from './cluster-store.ts';

/** Keeps id and name of the first. The centres of both stay, so that vectors near either fall in it. */
export function mergedCluster(
  into: StoredCluster,
  size: number,
  from: StoredCluster,
  sizeOfFrom: number,
): StoredCluster {
  const { facts: a } = into;
  const { facts: b } = from;
  const total = Math.max(1, size + sizeOfFrom);
  const extent = a.extent &&
    b.extent && {
      widest: Math.max(a.extent.widest, b.extent.widest),
      densest: Math.min(a.extent.densest, b.extent.densest),
    };
  return {
    ...into,
    isMerged: true,
    centres: Float32Array.from([...into.centres, ...from.centres]),
    facts: {
      medoid: size >= sizeOfFrom ? a.medoid : b.medoid,
      cohesion: (a.cohesion * size + b.cohesion * sizeOfFrom) / total,
      reach: Math.min(a.reach, b.reach),
      nearest: nearestOfBoth(into, from),
      ...(extent && { extent }),
    },
  };
}

function nearestOfBoth(into: StoredCluster, from: StoredCluster): StoredCluster['facts']['nearest'] {
  const most = Math.max(into.facts.nearest.length, from.facts.nearest.length);
  return [...into.facts.nearest, ...from.facts.nearest]
    .filter(({ id }) => id !== into.id && id !== from.id)
    .sort((a, b) => b.similarity - a.similarity)
    .filter(({ id }, i, all) => all.findIndex((other) => other.id === id) === i)
    .slice(0, most);
}
