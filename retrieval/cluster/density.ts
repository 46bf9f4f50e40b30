/**
 * Density clusters of unit vectors, HDBSCAN (Campello, Moulavi and Sander, PAKDD 2013; selection as in McInnes, Healy and
 * Astels, JOSS 2017): their number comes out by itself, and what lies nowhere dense is noise. Knows nothing of items.
 */
import { SinterError } from '../errors.ts';
import type { Comparisons } from '../matrix/open-products.ts';
import type { LongWork } from '../progress.ts';
import { type CondensedTree, condense } from './condensed-tree.ts';
import { type FindOutsiders, type NeighbourLists, spanningTree } from './spanning-tree.ts';
import { distance, rowCount, takeRows, type UnitVectors } from './unit-vectors.ts';

export type DensityOptions = {
  /** The fewest vectors that make a cluster, at least 2; default 5. */
  minClusterSize?: number;
  /** How many vectors, itself counted, lie within a vector's core distance, at least 1: more makes more noise; default as `minClusterSize`. */
  minSamples?: number;
  /** Which clusters of the tree: those that last longest (`excess-of-mass`, the default), or its leaves, smaller and more alike. */
  selection?: Selection;
};

export const SELECTIONS = ['excess-of-mass', 'leaves'] as const;
export type Selection = (typeof SELECTIONS)[number];

export const DENSITY_DEFAULTS = { minClusterSize: 5, selection: 'excess-of-mass' as Selection };

export type DensityClusters = {
  /** The cluster of each vector, 0 to k − 1 by falling size; −1 for noise. */
  clusters: Int32Array;
  /** How firmly each is in its cluster: the density at which it leaves, as a share of the densest; 0 for noise. */
  confidences: Float32Array;
  /** The distance of each vector's `minSamples`-th neighbour, itself counted. */
  coreDistances: Float64Array;
  /** For each cluster the distance at which it came apart from the rest, and the least at which something left it. */
  extents: { widest: number; densest: number }[];
};

/** Neighbours looked up at first: with fewer, more vectors are looked up again. */
const LEAST_LISTED = 15;

/** Throws `bad-input` for an option out of range and `interrupted`. Equal input gives equal clusters. */
export async function densityClusters(
  set: UnitVectors,
  options: DensityOptions,
  products: Comparisons,
  work: LongWork = {},
): Promise<DensityClusters> {
  const { minClusterSize, minSamples = minClusterSize, selection } = { ...DENSITY_DEFAULTS, ...options };
  const count = rowCount(set);
  checkOption('minClusterSize', minClusterSize, 2);
  checkOption('minSamples', minSamples, 1);
  if (count < Math.max(minClusterSize, minSamples)) return allNoise(count);
  const k = Math.min(count - 1, Math.max(LEAST_LISTED, minSamples - 1));
  const lists = await nearest(set, k, products, work);
  const coreDistances = coresOf(lists, count, minSamples);
  const tree = await spanningTree(lists, coreDistances, outsiders(set, k, products), work);
  const condensed = condense(tree, count, minClusterSize);
  const selected = selection === 'leaves' ? leavesOf(condensed) : longestLasting(condensed);
  return { ...membership(condensed, selected), coreDistances };
}

function checkOption(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new SinterError(
    'bad-input',
    `Expected ${name} to be a whole number of at least ${least}, got ${value}.`,
  );
}

function allNoise(count: number): DensityClusters {
  return {
    clusters: new Int32Array(count).fill(-1),
    confidences: new Float32Array(count),
    coreDistances: new Float64Array(count).fill(2),
    extents: [],
  };
}

async function nearest(
  { vectors, dim }: UnitVectors,
  k: number,
  products: Comparisons,
  work: LongWork,
): Promise<NeighbourLists> {
  const lists = emptyLists(vectors.length / dim, k);
  for await (const { from, indices } of products.neighbours({ queries: vectors, dim }, k, work))
    lists.indices.set(indices, from * k);
  return measured(lists, { vectors, dim });
}

function emptyLists(count: number, k: number): NeighbourLists {
  return { k, indices: new Int32Array(count * k), distances: new Float64Array(count * k) };
}

/** Fills in the distances of the lists' points from `rows`; from the vectors, for cosines near 1 have lost what sets them apart. */
function measured(lists: NeighbourLists, { vectors, dim }: UnitVectors, rows?: Int32Array): NeighbourLists {
  const { k, indices, distances } = lists;
  for (let place = 0; place < indices.length; place++) {
    const row = Math.floor(place / k);
    if (indices[place] >= 0) distances[place] = distance(vectors, rows?.[row] ?? row, indices[place], dim);
  }
  return lists;
}

function coresOf({ k, distances }: NeighbourLists, count: number, minSamples: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) =>
    minSamples === 1 ? 0 : distances[i * k + minSamples - 2],
  );
}

function outsiders(set: UnitVectors, k: number, products: Comparisons): FindOutsiders {
  return async (rows, components) => {
    const lists = emptyLists(rows.length, k);
    const queries = takeRows(set, rows);
    const groups = { queries: rows.map((row) => components[row]), references: components };
    const sets = { queries, references: set.vectors, dim: set.dim };
    for await (const { from, indices } of products.outsiders(sets, groups, k))
      lists.indices.set(indices, from * k);
    return measured(lists, set, rows);
  };
}

/** Clusters that nothing splits; the whole is none of them. */
function leavesOf({ parents }: CondensedTree): Set<number> {
  const split = new Set(parents);
  return new Set([...parents.keys()].filter((cluster) => cluster > 0 && !split.has(cluster)));
}

/** The clusters, none inside another, whose stabilities sum to the most; the whole is none of them. */
function longestLasting({ parents, stabilities }: CondensedTree): Set<number> {
  const best = [...stabilities];
  const within = new Float64Array(parents.length);
  const winsOverParts = new Set<number>();
  for (let cluster = parents.length - 1; cluster > 0; cluster--) {
    if (stabilities[cluster] >= within[cluster]) winsOverParts.add(cluster);
    else best[cluster] = within[cluster];
    within[parents[cluster]] += best[cluster];
  }
  const selected = new Set<number>();
  const inside = new Set<number>();
  for (let cluster = 1; cluster < parents.length; cluster++) {
    if (inside.has(parents[cluster]) || selected.has(parents[cluster])) inside.add(cluster);
    else if (winsOverParts.has(cluster)) selected.add(cluster);
  }
  return selected;
}

function membership(tree: CondensedTree, selected: Set<number>): Omit<DensityClusters, 'coreDistances'> {
  const home = homes(tree, selected);
  const members = Array.from(tree.lastCluster, (last) => home[last]);
  const numbers = numberBySize(members, selected);
  return {
    clusters: Int32Array.from(members, (cluster) => numbers.get(cluster) ?? -1),
    confidences: Float32Array.from(members, (cluster, i) =>
      cluster < 0 ? 0 : Math.min(1, tree.leftAt[i] / tree.peaks[cluster]),
    ),
    extents: [...numbers.keys()].map((cluster) => ({
      widest: 1 / tree.births[cluster],
      densest: 1 / tree.peaks[cluster],
    })),
  };
}

/** For each cluster of the tree the selected one that it is or lies in, or −1. */
function homes({ parents }: CondensedTree, selected: Set<number>): number[] {
  const home: number[] = [];
  for (const [cluster, parent] of parents.entries())
    home.push(selected.has(cluster) ? cluster : parent < 0 ? -1 : home[parent]);
  return home;
}

/** The largest is 0, of equal ones that of the lower number in the tree. */
function numberBySize(members: number[], selected: Set<number>): Map<number, number> {
  const sizes = new Map([...selected].map((cluster) => [cluster, 0]));
  for (const cluster of members) if (cluster >= 0) sizes.set(cluster, sizes.get(cluster)! + 1);
  const bySize = [...sizes].sort(([a, sizeA], [b, sizeB]) => sizeB - sizeA || a - b);
  return new Map(bySize.map(([cluster], number) => [cluster, number]));
}
