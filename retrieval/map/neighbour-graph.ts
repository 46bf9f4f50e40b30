/** Nearest neighbours → the weighted graph that UMAP lays out (McInnes, Healy and Melville, arXiv 1802.03426, section 3.1). */
import type { Neighbours } from '../metrics/nearest-neighbours.ts';

/** Edge e joins `from[e]` and `to[e]`, each pair once, `from` below `to`, with a weight above 0 and up to 1. */
export type NeighbourGraph = { from: Int32Array; to: Int32Array; weights: Float64Array };

const BISECTIONS = 64;
const PRECISION = 1e-5;
/** A width below this share of a point's mean distance would cut it off from all neighbours but the nearest. */
const LEAST_WIDTH = 1e-3;

/**
 * The fuzzy union of what every point thinks of its neighbours: a + b − ab for the memberships a and b of both sides.
 * @param neighbours of n points among each other, k at least 2; distances are 1 − similarity.
 */
export function neighbourGraph({ k, indices, similarities }: Neighbours): NeighbourGraph {
  const count = indices.length / k;
  const union = new Map<number, number>();
  for (let point = 0; point < count; point++) {
    const distances = Array.from(similarities.subarray(point * k, (point + 1) * k), (s) =>
      Math.max(0, 1 - s),
    );
    memberships(distances).forEach((membership, rank) => {
      const other = indices[point * k + rank];
      const pair = Math.min(point, other) * count + Math.max(point, other);
      const before = union.get(pair) ?? 0;
      union.set(pair, before + membership - before * membership);
    });
  }
  const edges = [...union].filter(([, weight]) => weight > 0).sort(([a], [b]) => a - b);
  return {
    from: Int32Array.from(edges, ([pair]) => Math.floor(pair / count)),
    to: Int32Array.from(edges, ([pair]) => pair % count),
    weights: Float64Array.from(edges, ([, weight]) => weight),
  };
}

/**
 * exp(−(d − nearest) / σ) of ascending distances, with the σ at which they add up to log₂ k: so that every point counts as
 * many neighbours, in dense places and in thin ones.
 */
export function memberships(distances: readonly number[]): number[] {
  const wanted = Math.log2(distances.length);
  const nearest = distances.find((distance) => distance > 0) ?? 0;
  const at = (width: number) =>
    distances.map((distance) => Math.exp(-Math.max(0, distance - nearest) / width));
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  return at(
    Math.max(
      bisect((width) => total(at(width)) - wanted),
      LEAST_WIDTH * mean,
      Number.MIN_VALUE,
    ),
  );
}

/** Where a growing function of a positive number is 0, as near as PRECISION. */
function bisect(excess: (width: number) => number): number {
  let [low, high, width] = [0, Number.POSITIVE_INFINITY, 1];
  for (let step = 0; step < BISECTIONS; step++) {
    const over = excess(width);
    if (Math.abs(over) < PRECISION) break;
    if (over > 0) high = width;
    else low = width;
    width = high === Number.POSITIVE_INFINITY ? width * 2 : (low + high) / 2;
  }
  return width;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
