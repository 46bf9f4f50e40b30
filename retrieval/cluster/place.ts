/** In which of the clusters that are there a further vector falls, and how surely. Knows nothing of how they are kept. */
import { COMPARED_DIRECTIONS, shareOfFirst } from './confidence.ts';
import { chord, cosine } from './unit-vectors.ts';

export type Placed<Id> = { cluster: Id; confidence: number };

export type PlacedByCentre<Id> = {
  id: Id;
  /** Float32 [m, dim]: the nearest counts. */
  centres: Float32Array;
  /** The least cosine of a member and its nearest centre: what lies farther off is in no cluster. */
  reach: number;
};

/** By the nearest centre, as k-means assigns; none where it lies farther from it than all of that cluster's members. */
export function placeByCentres<Id>(
  vector: Float32Array,
  clusters: PlacedByCentre<Id>[],
  concentration: number,
): Placed<Id> | undefined {
  const dim = vector.length;
  const near = clusters
    .map(({ id, centres, reach }) => ({ id, reach, similarity: nearestCentre(vector, centres, dim) }))
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, COMPARED_DIRECTIONS);
  if (near.length === 0 || near[0].similarity < near[0].reach) return undefined;
  const confidence = shareOfFirst(
    near.map(({ similarity }) => similarity),
    concentration,
  );
  return { cluster: near[0].id, confidence };
}

/** A neighbour that was clustered by density; `cluster` is null for noise. */
export type ClusteredNeighbour<Id> = { similarity: number; cluster: Id | null; coreDistance: number };

/**
 * By mutual reachability, as density clusters are made: with the neighbour that is nearest by it, unless that is noise or
 * the vector lies farther off than where its cluster came apart from the rest.
 * @param neighbours the nearest, most similar first; `minSamples` − 1 of them say how dense it is around the vector.
 */
export function placeByNeighbours<Id>(
  neighbours: ClusteredNeighbour<Id>[],
  minSamples: number,
  extentOf: (cluster: Id) => { widest: number; densest: number },
): Placed<Id> | undefined {
  const last = neighbours[minSamples - 2];
  const core = last ? chord(last.similarity) : 0;
  const reached = neighbours
    .map(({ similarity, cluster, coreDistance }) => ({
      cluster,
      distance: Math.max(core, coreDistance, chord(similarity)),
    }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (!reached || reached.cluster === null) return undefined;
  const { widest, densest } = extentOf(reached.cluster);
  if (reached.distance > widest) return undefined;
  return { cluster: reached.cluster, confidence: Math.min(1, densest / reached.distance) };
}

function nearestCentre(vector: Float32Array, centres: Float32Array, dim: number): number {
  let most = -1;
  for (let centre = 0; centre < centres.length / dim; centre++)
    most = Math.max(most, cosine(vector, 0, centres, centre, dim));
  return most;
}
