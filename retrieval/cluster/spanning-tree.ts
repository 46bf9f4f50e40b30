/**
 * The minimum spanning tree under mutual reachability, from lists of near neighbours: what density clusters are read off.
 * Borůvka's rounds: each joins every component by its shortest edge. Knows nothing of clusters.
 */
import { setImmediate } from 'node:timers/promises';
import { type LongWork, stopIfAborted } from '../progress.ts';
import { DisjointSets } from './disjoint-sets.ts';

/** For each of `count` points its `k` nearest others, nearest first; −1 where there are no more. [count, k] both. */
export type NeighbourLists = { k: number; indices: Int32Array; distances: Float64Array };

/** The `k` nearest of each of `rows` among the points of other components; `components` has one number a point. */
export type FindOutsiders = (rows: Int32Array, components: Int32Array) => Promise<NeighbourLists>;

/** Edges of the tree, count − 1 of each, shortest first. */
export type SpanningTree = { from: Int32Array; to: Int32Array; lengths: Float64Array };

type Edge = { from: number; to: number; length: number };

/**
 * Two points are as far apart as the largest of their distance and their core distances. `lists` may be written over.
 * Points whose list ends before an outsider is in it are looked up again, but only where that could find a shorter edge.
 */
export async function spanningTree(
  lists: NeighbourLists,
  coreDistances: Float64Array,
  findOutsiders: FindOutsiders,
  { onProgress, signal }: LongWork = {},
): Promise<SpanningTree> {
  const count = coreDistances.length;
  const sets = new DisjointSets(count);
  const edges: Edge[] = [];
  while (edges.length < count - 1) {
    const components = Int32Array.from({ length: count }, (_, point) => sets.find(point));
    const shortest = await shortestEdges(
      { lists, coreDistances, components, largest: sets.largest() },
      findOutsiders,
    );
    for (const edge of shortest) if (sets.join(edge.from, edge.to)) edges.push(edge);
    onProgress?.({ stage: 'joining neighbours', done: edges.length, total: count - 1 });
    await setImmediate();
    stopIfAborted(signal);
  }
  return sorted(edges);
}

type Round = {
  lists: NeighbourLists;
  coreDistances: Float64Array;
  components: Int32Array;
  largest: number;
};

/** The shortest edge out of every component; the largest may go without, for the others come to it. */
async function shortestEdges(round: Round, findOutsiders: FindOutsiders): Promise<Edge[]> {
  const { components, largest } = round;
  const best = new Map<number, Edge>();
  const offer = (point: number) => {
    const edge = shortestListed(round, point);
    const known = best.get(components[point]);
    if (edge && (known === undefined || edge.length < known.length)) best.set(components[point], edge);
  };
  for (let point = 0; point < components.length; point++) offer(point);
  const open = openPoints(round, best);
  if (open.some((point) => components[point] === largest)) best.delete(largest);
  const asked = Int32Array.from(open.filter((point) => components[point] !== largest));
  if (asked.length > 0) {
    replaceLists(round.lists, asked, await findOutsiders(asked, components));
    for (const point of asked) offer(point);
  }
  return [...best.values()].sort((a, b) => a.length - b.length);
}

/** The shortest edge from a point to a listed point of another component. */
function shortestListed({ lists, coreDistances, components }: Round, from: number): Edge | undefined {
  let best: Edge | undefined;
  for (let place = from * lists.k; place < (from + 1) * lists.k; place++) {
    const to = lists.indices[place];
    if (to < 0) break;
    if (components[to] === components[from]) continue;
    const length = Math.max(lists.distances[place], coreDistances[from], coreDistances[to]);
    if (best === undefined || length < best.length) best = { from, to, length };
  }
  return best;
}

/** Points that may have an edge, beyond their lists, which is shorter than the best known of their component. */
function openPoints({ lists, coreDistances, components }: Round, best: Map<number, Edge>): number[] {
  const open: number[] = [];
  for (let point = 0; point < components.length; point++) {
    const last = (point + 1) * lists.k - 1;
    if (lists.indices[last] < 0) continue;
    const least = Math.max(lists.distances[last], coreDistances[point]);
    const known = best.get(components[point])?.length ?? Number.POSITIVE_INFINITY;
    if (least < known) open.push(point);
  }
  return open;
}

function replaceLists(lists: NeighbourLists, rows: Int32Array, found: NeighbourLists): void {
  for (let i = 0; i < rows.length; i++) {
    const [start, end] = [i * found.k, (i + 1) * found.k];
    lists.indices.set(found.indices.subarray(start, end), rows[i] * lists.k);
    lists.distances.set(found.distances.subarray(start, end), rows[i] * lists.k);
  }
}

function sorted(edges: Edge[]): SpanningTree {
  edges.sort((a, b) => a.length - b.length || a.from - b.from || a.to - b.to);
  return {
    from: Int32Array.from(edges, (edge) => edge.from),
    to: Int32Array.from(edges, (edge) => edge.to),
    lengths: Float64Array.from(edges, (edge) => edge.length),
  };
}
