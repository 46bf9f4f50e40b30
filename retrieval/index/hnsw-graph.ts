/**
 * An HNSW graph of hnswlib under slot numbers, for the worker thread: every call here blocks its thread.
 * The graph's nodes are distinct vectors, each with the slots that hold it. Many equal vectors as nodes of their own would
 * link only to each other, and searches that come near would not find out again (300 copies cost 8% of recall@10).
 */
import hnswlib from 'hnswlib-node';
import type { Random } from '../random.ts';
import { EqualVectors } from './equal-vectors.ts';
import type { HnswSettings } from './hnsw-settings.ts';
import { NodeSlots } from './node-slots.ts';
import { SlotBits } from './slot-bits.ts';
import { createTopK, isBetter } from './top-k.ts';
import type { Neighbour, Slot, SlotList } from './vector-index.ts';
import { VectorTable } from './vector-table.ts';

const FIRST_CAPACITY = 1024;
/**
 * Where a search among few slots compares with each of them, instead of walking the graph. A walk looks at about
 * 2.8 × ef ÷ share nodes, where `share` of the nodes may be found, and at each for as long as three comparisons take, the
 * question whether it may be found included (measured at 100,000 × 128, shares of 0.01 to 1). So 14,000 of 100,000 are few.
 */
const LOOKS_OF_WALK = 2.8;
const COMPARISONS_OF_LOOK = 3;

/** Comparisons between two pauses: some microseconds. */
const NODES_OF_STEP = 64;

export class HnswGraph {
  readonly #dim: number;
  readonly #settings: HnswSettings;
  #efSearch: number;
  readonly #native: hnswlib.HierarchicalNSW;
  /** What hnswlib's file does not hold. */
  readonly #nodeSlots: NodeSlots;
  readonly #nodeOfSlot = new Map<Slot, number>();
  /** By node. */
  readonly #vectors: VectorTable;
  readonly #equal: EqualVectors;
  #liveNodes = 0;
  /** hnswlib takes arrays of numbers: one that is filled again and again costs a tenth of new ones. */
  readonly #point: number[];

  /** An empty graph, or the one that hnswlib wrote to `saved.path`; throws hnswlib's error when it cannot be read. */
  constructor(dim: number, settings: HnswSettings, saved?: { path: string; nodes: Slot[][] }) {
    this.#dim = dim;
    this.#settings = settings;
    this.#efSearch = settings.efSearch;
    this.#native = new hnswlib.HierarchicalNSW('ip', dim);
    this.#nodeSlots = new NodeSlots(saved?.nodes);
    this.#vectors = new VectorTable(dim);
    this.#equal = new EqualVectors(this.#vectors);
    this.#point = new Array<number>(dim).fill(0);
    if (saved) this.#native.readIndexSync(saved.path);
    else this.#native.initIndex({ maxElements: FIRST_CAPACITY, ...settings });
    for (let node = 0; node < this.#nodeSlots.count; node++) {
      this.#nodeSlots.forEach(node, (slot) => this.#nodeOfSlot.set(slot, node));
      if (!this.#nodeSlots.isEmpty(node)) this.#liveNodes++;
    }
  }

  /** Candidates weighed by a search from now on. */
  setEfSearch(efSearch: number): void {
    this.#efSearch = efSearch;
  }

  get size(): number {
    return this.#nodeOfSlot.size;
  }

  /** The slots of each node, by node number; none of a removed one. */
  get nodes(): Slot[][] {
    return this.#nodeSlots.lists();
  }

  /** Nodes in hnswlib's graph, removed ones included. */
  get nodeCount(): number {
    return this.#native.getCurrentCount();
  }

  get removedCount(): number {
    return this.#nodeSlots.count - this.#liveNodes;
  }

  /** Whether so many removed nodes are left in the graph that a new one is worth its building. */
  get isMostlyRemoved(): boolean {
    return this.removedCount > this.#liveNodes + FIRST_CAPACITY;
  }

  has(slot: Slot): boolean {
    return this.#nodeOfSlot.has(slot);
  }

  slots(): Slot[] {
    return [...this.#nodeOfSlot.keys()].sort((a, b) => a - b);
  }

  /**
   * Reads the vectors of a graph that came from a file, a node at a time: to be gone through before anything that needs
   * them. Of removed nodes hnswlib gives none, and none is needed.
   */
  *readVectors(): Generator<void> {
    for (let node = 0; node < this.#nodeSlots.count; node++) {
      if (this.#nodeSlots.isEmpty(node)) continue;
      this.#remember(node, this.#native.getPoint(node));
      yield;
    }
  }

  /** Adds a unit vector, or replaces the slot's. Needs all vectors to be read. */
  add(slot: Slot, vector: Float32Array): void {
    this.remove(slot);
    const equal = this.#equal.find(vector);
    if (equal !== undefined && this.#nodeSlots.isEmpty(equal)) this.#revive(equal);
    const node = equal ?? this.#addNode(vector);
    this.#nodeSlots.add(node, slot);
    this.#nodeOfSlot.set(slot, node);
  }

  remove(slot: Slot): void {
    const node = this.#nodeOfSlot.get(slot);
    if (node === undefined) return;
    this.#nodeOfSlot.delete(slot);
    this.#nodeSlots.remove(node, slot);
    if (!this.#nodeSlots.isEmpty(node)) return;
    this.#native.markDelete(node);
    this.#liveNodes--;
  }

  /**
   * The k nearest, most similar first; a search of the whole graph follows when it gives fewer. Fewer than
   * min(k, size) are found where removals have cut the graph in two: then compare with all.
   */
  search(query: Float32Array, k: number): Neighbour[] {
    const wanted = Math.min(k, this.size);
    // Every node has a slot or more, so that k nodes are enough; each of them is converted on its way from hnswlib.
    const found = this.#best(this.#nearestNodes(query, k, this.#efFor(k)), k);
    if (found.length >= wanted) return found;
    return this.#best(this.#nearestNodes(query, this.#liveNodes, this.#liveNodes), k);
  }

  /**
   * The same among the slots of `only`: few are compared with one by one, for many the graph is walked. A walk that
   * turns out longer than comparing, because what is allowed lies far from the query, is given up for it.
   */
  searchAmong(only: SlotList, query: Float32Array, k: number): Neighbour[] {
    const share = Math.min(1, only.length / Math.max(1, this.#liveNodes));
    // The fewer are let through, the less of the graph their neighbours are: with the same candidates a tenth of 100,000
    // had a recall@10 of 0.967, with these 0.99 and more.
    const ef = Math.ceil(this.#efFor(k) / Math.sqrt(share));
    if (only.length < ((LOOKS_OF_WALK * ef) / share) * COMPARISONS_OF_LOOK)
      return this.compareAmong(only, query, k);
    const bits = new SlotBits(only);
    const isWanted = (slot: Slot) => bits.has(slot);
    let looks = 0;
    const isAllowed = (node: number) => {
      return ++looks > only.length || this.#nodeSlots.some(node, isWanted);
    };
    const nodes = this.#nearestNodes(query, k, ef, isAllowed);
    const found = this.#best(nodes, k, bits);
    const isWhole = looks <= only.length && found.length >= Math.min(k, only.length);
    return isWhole ? found : this.compareAmong(only, query, k);
  }

  /** The same by comparing with each of the slots. Needs all vectors to be read. */
  compareAmong(only: SlotList, query: Float32Array, k: number): Neighbour[] {
    const top = createTopK(k);
    for (let i = 0; i < only.length; i++) {
      const slot = only[i] as Slot;
      const node = this.#nodeOfSlot.get(slot);
      if (node !== undefined) top.offer(slot, this.#vectors.dot(query, node));
    }
    return top.best();
  }

  /**
   * Compares with every vector, some at a time, and returns the min(k, size) nearest. New vectors that come meanwhile are
   * left out: a search that was made at the beginning could not find them either. Needs all vectors to be read.
   */
  *compareAll(query: Float32Array, k: number): Generator<void, Neighbour[]> {
    const top = createTopK(k);
    const nodes = this.#nodeSlots.count;
    for (let node = 0; node < nodes; node++) {
      if (!this.#nodeSlots.isEmpty(node)) {
        const similarity = this.#vectors.dot(query, node);
        this.#nodeSlots.forEach(node, (slot) => top.offer(slot, similarity));
      }
      if (node % NODES_OF_STEP === 0) yield;
    }
    return top.best();
  }

  /** Vectors drawn from all, each with its slots; fewer than `count` where many are removed. Needs all vectors to be read. */
  sample(count: number, random: Random): { vector: Float32Array; slots: Slot[] }[] {
    const nodes = Array.from({ length: count }, () => random.integer(this.#nodeSlots.count));
    const live = nodes.filter((node) => !this.#nodeSlots.isEmpty(node));
    return live.map((node) => ({
      vector: this.#vectors.view(node).slice(),
      slots: this.#nodeSlots.of(node),
    }));
  }

  /**
   * Adds every vector to `fresh`, a node at a time. What is added here meanwhile is reached in the end, or must be
   * added to `fresh` too; what is removed must be removed there. Needs all vectors to be read.
   */
  *copyTo(fresh: HnswGraph): Generator<void> {
    for (let node = 0; node < this.#nodeSlots.count; node++) {
      for (const slot of this.#nodeSlots.of(node)) {
        if (!fresh.has(slot)) fresh.add(slot, this.#vectors.view(node));
      }
      yield;
    }
  }

  /** Writes hnswlib's file, on a thread of its own; nothing may be added or removed meanwhile. */
  async write(path: string): Promise<void> {
    await this.#native.writeIndex(path);
  }

  /** An empty graph of the same shape. */
  emptied(): HnswGraph {
    return new HnswGraph(this.#dim, this.#settings);
  }

  #efFor(k: number): number {
    return Math.max(this.#efSearch, 2 * k);
  }

  #addNode(vector: Float32Array): number {
    const node = this.#nodeSlots.count;
    if (node >= this.#native.getMaxElements()) this.#native.resizeIndex(Math.max(FIRST_CAPACITY, 2 * node));
    this.#native.addPoint(this.#asPoint(vector), node);
    this.#nodeSlots.addNode();
    this.#remember(node, vector);
    this.#liveNodes++;
    return node;
  }

  #revive(node: number): void {
    this.#native.unmarkDelete(node);
    this.#liveNodes++;
  }

  #remember(node: number, vector: ArrayLike<number>): void {
    this.#vectors.set(node, vector);
    this.#equal.add(node);
  }

  #nearestNodes(
    query: Float32Array,
    count: number,
    ef: number,
    isAllowed?: (node: number) => boolean,
  ): hnswlib.SearchResult {
    const k = Math.min(count, this.#liveNodes);
    if (k === 0) return { neighbors: [], distances: [] };
    this.#native.setEf(Math.max(ef, k));
    return this.#native.searchKnn(this.#asPoint(query), k, isAllowed);
  }

  #asPoint(vector: Float32Array): number[] {
    for (let i = 0; i < this.#dim; i++) this.#point[i] = vector[i];
    return this.#point;
  }

  /** hnswlib's nodes come nearest first, so that nearly every slot belongs where the list ends: cheaper than a heap. */
  #best({ neighbors, distances }: hnswlib.SearchResult, k: number, only?: SlotBits): Neighbour[] {
    const best: Neighbour[] = [];
    for (let i = 0; i < neighbors.length; i++) {
      const similarity = 1 - distances[i];
      this.#nodeSlots.forEach(neighbors[i], (slot) => {
        if (only && !only.has(slot)) return;
        insertSorted(best, { slot, similarity });
        if (best.length > k) best.pop();
      });
    }
    for (const neighbour of best) neighbour.similarity = Math.max(-1, Math.min(1, neighbour.similarity));
    return best;
  }
}

/** Most similar first, ties by lower slot. */
function insertSorted(best: Neighbour[], neighbour: Neighbour): void {
  let at = best.push(neighbour) - 1;
  for (; at > 0 && isBetter(neighbour, best[at - 1]); at--) best[at] = best[at - 1];
  best[at] = neighbour;
}
