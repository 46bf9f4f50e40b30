/**
 * An HNSW graph of hnswlib under slot numbers, for the worker thread: every call here blocks its thread.
 * The graph's nodes are distinct vectors, each with the slots that hold it. Many equal vectors as nodes of their own would
 * link only to each other, and searches that come near would not find out again (300 copies cost 8% of recall@10).
 */
import hnswlib from 'hnswlib-node';
import type { HnswSettings } from './hnsw-settings.ts';
import { createTopK } from './top-k.ts';
import type { Neighbour, Slot } from './vector-index.ts';

const FIRST_CAPACITY = 1024;
/** Candidates weighed when looking for an equal vector: it is the nearest there can be, so few are enough. */
const TWIN_EF = 16;
/** Similarity that an equal vector surely has, for all the rounding in 32 bits. */
const TWIN_SIMILARITY = 1 - 1e-4;

/** What a graph file does not hold of a graph: the slots of each node, by node number; none for a removed node. */
export type NodeSlots = Slot[][];

export class HnswGraph {
  readonly #dim: number;
  readonly #settings: HnswSettings;
  readonly #native: hnswlib.HierarchicalNSW;
  readonly #slotsOfNode: NodeSlots;
  readonly #nodeOfSlot = new Map<Slot, number>();
  #liveNodes = 0;

  /** An empty graph, or the one that hnswlib wrote to `saved.path`; throws hnswlib's error when it cannot be read. */
  constructor(dim: number, settings: HnswSettings, saved?: { path: string; nodes: NodeSlots }) {
    this.#dim = dim;
    this.#settings = settings;
    this.#native = new hnswlib.HierarchicalNSW('ip', dim);
    this.#slotsOfNode = saved?.nodes ?? [];
    if (saved) this.#native.readIndexSync(saved.path);
    else this.#native.initIndex({ maxElements: FIRST_CAPACITY, ...settings });
    this.#slotsOfNode.forEach((slots, node) => {
      for (const slot of slots) this.#nodeOfSlot.set(slot, node);
      if (slots.length > 0) this.#liveNodes++;
    });
  }

  get size(): number {
    return this.#nodeOfSlot.size;
  }

  get nodes(): NodeSlots {
    return this.#slotsOfNode;
  }

  /** Nodes in hnswlib's graph, removed ones included. */
  get nodeCount(): number {
    return this.#native.getCurrentCount();
  }

  /** Whether so many removed nodes are left in the graph that a new one is worth its building. */
  get isMostlyRemoved(): boolean {
    return this.#slotsOfNode.length - this.#liveNodes > this.#liveNodes + FIRST_CAPACITY;
  }

  slots(): Slot[] {
    return [...this.#nodeOfSlot.keys()].sort((a, b) => a - b);
  }

  /** Adds a unit vector, or replaces the slot's. */
  add(slot: Slot, vector: Float32Array): void {
    this.remove(slot);
    const point = Array.from(vector);
    const node = this.#findTwin(point) ?? this.#addNode(point);
    this.#slotsOfNode[node].push(slot);
    this.#nodeOfSlot.set(slot, node);
  }

  remove(slot: Slot): void {
    const node = this.#nodeOfSlot.get(slot);
    if (node === undefined) return;
    this.#nodeOfSlot.delete(slot);
    this.#slotsOfNode[node] = this.#slotsOfNode[node].filter((other) => other !== slot);
    if (this.#slotsOfNode[node].length > 0) return;
    this.#native.markDelete(node);
    this.#liveNodes--;
  }

  /** The min(k, size) nearest, most similar first; a search of the whole graph follows when it gives fewer. */
  search(query: Float32Array, k: number): Neighbour[] {
    const point = Array.from(query);
    const wanted = Math.min(k, this.size);
    // Every node has a slot or more, so that k nodes are enough; each of them is converted on its way from hnswlib.
    const found = this.#best(this.#nearestNodes(point, k, Math.max(this.#settings.efSearch, 2 * k)), k);
    if (found.length >= wanted) return found;
    const all = this.#best(this.#nearestNodes(point, this.#liveNodes), k);
    return all.length >= wanted ? all : this.#best(this.#compareAll(query), k);
  }

  /** Adds every vector to `fresh`, a node at a time: the generator pauses after each. */
  *copyTo(fresh: HnswGraph): Generator<void> {
    for (const [node, slots] of this.#slotsOfNode.entries()) {
      const vector = slots.length > 0 ? Float32Array.from(this.#native.getPoint(node)) : undefined;
      for (const slot of slots) fresh.add(slot, vector!);
      yield;
    }
  }

  /** Writes hnswlib's file, on a thread of its own; nothing may be added or removed meanwhile. */
  async write(path: string): Promise<void> {
    await this.#native.writeIndex(path);
  }

  #addNode(point: number[]): number {
    const node = this.#slotsOfNode.length;
    if (node >= this.#native.getMaxElements()) this.#native.resizeIndex(Math.max(FIRST_CAPACITY, 2 * node));
    this.#native.addPoint(point, node);
    this.#slotsOfNode.push([]);
    this.#liveNodes++;
    return node;
  }

  #findTwin(point: number[]): number | undefined {
    const [nearest] = this.#nearestNodes(point, 1, TWIN_EF);
    if (!nearest || nearest.similarity < TWIN_SIMILARITY) return undefined;
    const other = this.#native.getPoint(nearest.node);
    return other.every((value, i) => value === point[i]) ? nearest.node : undefined;
  }

  #nearestNodes(point: number[], count: number, ef = count): { node: number; similarity: number }[] {
    const k = Math.min(count, this.#liveNodes);
    if (k === 0) return [];
    this.#native.setEf(Math.max(ef, k));
    const { neighbors, distances } = this.#native.searchKnn(point, k);
    return neighbors.map((node, i) => ({ node, similarity: 1 - distances[i] }));
  }

  *#compareAll(query: Float32Array): Generator<{ node: number; similarity: number }> {
    for (const [node, slots] of this.#slotsOfNode.entries()) {
      if (slots.length === 0) continue;
      const point = this.#native.getPoint(node);
      yield { node, similarity: query.reduce((sum, value, i) => sum + value * point[i], 0) };
    }
  }

  #best(nodes: Iterable<{ node: number; similarity: number }>, k: number): Neighbour[] {
    const top = createTopK(k);
    for (const { node, similarity } of nodes) {
      for (const slot of this.#slotsOfNode[node]) top.offer(slot, similarity);
    }
    return top.best();
  }

  /** An empty graph of the same shape. */
  emptied(): HnswGraph {
    return new HnswGraph(this.#dim, this.#settings);
  }
}
