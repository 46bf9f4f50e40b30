/**
 * The tree of density clusters (Campello, Moulavi and Sander, PAKDD 2013): as the distance shrinks from the whole to
 * single points, a cluster loses points, and counts as split only where two parts of at least the smallest size come
 * apart. Density is λ = 1 / distance. Knows nothing of vectors.
 */
import { DisjointSets } from './disjoint-sets.ts';
import type { SpanningTree } from './spanning-tree.ts';

/** Clusters by number; 0 is the whole, and a child has a higher number than its parent. */
export type CondensedTree = {
  parents: number[];
  /** λ at which a cluster came apart from its parent; 0 for the whole. */
  births: number[];
  /** The largest λ at which something left the cluster. */
  peaks: number[];
  /** The sum over points of how long, in λ, they were in the cluster. */
  stabilities: number[];
  /** For each point the last cluster that it was in, and the λ at which it left. */
  lastCluster: Int32Array;
  leftAt: Float64Array;
};

/** Distances below count as this: single precision does not tell equal vectors from such, and λ stays finite. */
export const LEAST_DISTANCE = 1e-3;

/** Condenses the tree of `count` points, at least 2, so that no cluster has fewer than `minClusterSize`, at least 2. */
export function condense(tree: SpanningTree, count: number, minClusterSize: number): CondensedTree {
  const merges = mergesOf(tree, count);
  const condensed = emptyTree(count);
  addCluster(condensed, -1, 0);
  const waiting: { node: number; cluster: number }[] = [{ node: 2 * count - 2, cluster: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, cluster } = next;
    const lambda = 1 / Math.max(merges.lengths[node - count], LEAST_DISTANCE);
    const parts = partsOf(merges, node);
    const large = parts.filter((part) => sizeOf(merges, part) >= minClusterSize);
    for (const part of parts)
      if (!large.includes(part)) leave(condensed, cluster, pointsOf(merges, part), lambda);
    if (large.length === 1) waiting.push({ node: large[0], cluster });
    else
      for (const part of large)
        waiting.push({ node: part, cluster: split(condensed, cluster, lambda, sizeOf(merges, part)) });
  }
  return condensed;
}

/** How points come together, one merge an edge; merge m is node count + m. */
type Merges = {
  count: number;
  left: Int32Array;
  right: Int32Array;
  sizes: Int32Array;
  lengths: Float64Array;
};

function mergesOf({ from, to, lengths }: SpanningTree, count: number): Merges {
  const sets = new DisjointSets(count);
  const nodeOfSet = Int32Array.from({ length: count }, (_, point) => point);
  const [left, right, sizes] = [0, 0, 0].map(() => new Int32Array(lengths.length)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (let merge = 0; merge < lengths.length; merge++) {
    left[merge] = nodeOfSet[sets.find(from[merge])];
    right[merge] = nodeOfSet[sets.find(to[merge])];
    sets.join(from[merge], to[merge]);
    sizes[merge] = sets.sizeOf(from[merge]);
    nodeOfSet[sets.find(from[merge])] = count + merge;
  }
  return { count, left, right, sizes, lengths };
}

/**
 * What a node comes apart into. Merges at one distance count as one, of however many parts: many edges are as long as the
 * core distance of one point, and which of them are in the tree must not matter.
 */
function partsOf(merges: Merges, root: number): number[] {
  const { count, left, right, lengths } = merges;
  const parts: number[] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const merge = node - count;
    if (merge >= 0 && lengths[merge] === lengths[root - count]) waiting.push(left[merge], right[merge]);
    else parts.push(node);
  }
  return parts;
}

function sizeOf({ count, sizes }: Merges, node: number): number {
  return node < count ? 1 : sizes[node - count];
}

function pointsOf({ count, left, right }: Merges, root: number): number[] {
  const points: number[] = [];
  const waiting = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node < count) points.push(node);
    else waiting.push(left[node - count], right[node - count]);
  }
  return points;
}

function emptyTree(count: number): CondensedTree {
  return {
    parents: [],
    births: [],
    peaks: [],
    stabilities: [],
    lastCluster: new Int32Array(count),
    leftAt: new Float64Array(count),
  };
}

function addCluster(tree: CondensedTree, parent: number, birth: number): number {
  tree.parents.push(parent);
  tree.births.push(birth);
  tree.peaks.push(birth);
  tree.stabilities.push(0);
  return tree.parents.length - 1;
}

function split(tree: CondensedTree, parent: number, lambda: number, size: number): number {
  count(tree, parent, lambda, size);
  return addCluster(tree, parent, lambda);
}

function leave(tree: CondensedTree, cluster: number, points: number[], lambda: number): void {
  count(tree, cluster, lambda, points.length);
  for (const point of points) {
    tree.lastCluster[point] = cluster;
    tree.leftAt[point] = lambda;
  }
}

function count(tree: CondensedTree, cluster: number, lambda: number, points: number): void {
  tree.stabilities[cluster] += (lambda - tree.births[cluster]) * points;
  tree.peaks[cluster] = Math.max(tree.peaks[cluster], lambda);
}
