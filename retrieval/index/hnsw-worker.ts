/** The thread an HNSW graph lives in, because hnswlib-node blocks: long work is cut so that searches come in between. */
import { setImmediate } from 'node:timers/promises';
import { seededRandom } from '../random.ts';
import { answerCalls, initialData } from '../threads/call.ts';
import { createTurns } from '../threads/in-turn.ts';
import { checkSavedGraph, type GraphIdentity, saveGraph } from './hnsw-file.ts';
import { HnswGraph } from './hnsw-graph.ts';
import { type PackedNeighbours, packNeighbours } from './packed-neighbours.ts';
import { meanRecall, type RecallCheck, shareFound } from './recall-check.ts';
import type { Neighbour, Slot, SlotList } from './vector-index.ts';

export type HnswInit = GraphIdentity & { path?: string };

/** What there is in the graph: vectors that can be found, and nodes of removed ones that are still walked over. */
export type GraphState = { size: number; removed: number };

/** How long an addition may hold up a search. */
const MAX_BLOCK_MS = 4;

const { path, ...identity } = initialData<HnswInit>();
const { dim, settings } = identity;
const inTurn = createTurns();
let graph = new HnswGraph(dim, settings);
/** The graph that takes the place of one with mostly removed nodes once everything is in it. */
let fresh: HnswGraph | undefined;
let vectorsRead = Promise.resolve();
/** What goes on beside searches, in pieces. */
let longWorks = 0;

const methods = {
  /** Reads the file, if it is as it must be; says what is wrong with it otherwise. */
  open: () => inTurn(readSaved),
  add: (slots: Slot[], vectors: Float32Array) => change(addEach(slots, vectors)),
  remove: (slots: Slot[]) => change(removeEach(slots)),
  /** One query after another: `queries` is float32 [ks.length, dim]. */
  search: (queries: Float32Array, ks: number[]) => searchBeside(() => searchEach(queries, ks)),
  searchAmong: async (only: SlotList, query: Float32Array, k: number) => {
    await vectorsRead;
    return searchBeside(() => packNeighbours([graph.searchAmong(only, query, k)]));
  },
  searchExactly: async (query: Float32Array, k: number, only?: SlotList) => {
    await vectorsRead;
    return packNeighbours([only ? graph.compareAmong(only, query, k) : await compareAll(query, k)]);
  },
  slots: () => graph.slots(),
  state: () => stateOf(graph),
  checkRecall,
  setEfSearch: (efSearch: number) => graph.setEfSearch(efSearch),
  save: () =>
    inTurn(async () => {
      if (path === undefined) return;
      await besideSearches(() => saveGraph(path, identity, graph.nodes, (file) => graph.write(file)));
    }),
};
export type HnswMethods = typeof methods;

answerCalls(methods);

async function readSaved(): Promise<GraphState & { problem?: string }> {
  const none = { size: 0, removed: 0 };
  if (path === undefined) return none;
  const saved = await checkSavedGraph(path, identity);
  if ('problem' in saved) return { ...none, problem: saved.problem };
  try {
    const read = new HnswGraph(dim, settings, { path, nodes: saved.nodes });
    if (read.nodeCount !== saved.nodes.length) return { ...none, problem: 'its head is of another graph' };
    graph = read;
    vectorsRead = runInPieces(graph.readVectors());
    return stateOf(graph);
  } catch (error) {
    return { ...none, problem: (error as Error).message };
  }
}

function change(steps: Generator<void>): Promise<GraphState> {
  return inTurn(async () => {
    await vectorsRead;
    await runInPieces(steps);
    if (graph.isMostlyRemoved && !fresh) void renewGraph();
    return stateOf(graph);
  });
}

function* addEach(slots: Slot[], vectors: Float32Array): Generator<void> {
  for (const [i, slot] of slots.entries()) {
    const vector = vectors.subarray(i * dim, (i + 1) * dim);
    graph.add(slot, vector);
    fresh?.add(slot, vector);
    yield;
  }
}

function* removeEach(slots: Slot[]): Generator<void> {
  for (const slot of slots) {
    graph.remove(slot);
    fresh?.remove(slot);
    yield;
  }
}

/** Beside all other work, which goes on meanwhile and goes to both graphs. */
async function renewGraph(): Promise<void> {
  const next = graph.emptied();
  fresh = next;
  await runInPieces(graph.copyTo(next));
  graph = next;
  fresh = undefined;
}

function searchEach(queries: Float32Array, ks: number[]): PackedNeighbours | Promise<PackedNeighbours> {
  const found = ks.map((k, i) => graph.search(queries.subarray(i * dim, (i + 1) * dim), k));
  const isWhole = ks.every((k, i) => found[i].length >= Math.min(k, graph.size));
  return isWhole ? packNeighbours(found) : completed(found, queries, ks);
}

/** With the answers of all vectors for queries that the graph has too few for. */
async function completed(
  found: Neighbour[][],
  queries: Float32Array,
  ks: number[],
): Promise<PackedNeighbours> {
  for (const [i, k] of ks.entries()) {
    if (found[i].length >= Math.min(k, graph.size)) continue;
    found[i] = await compareAll(queries.slice(i * dim, (i + 1) * dim), k);
  }
  return packNeighbours(found);
}

function compareAll(query: Float32Array, k: number): Promise<Neighbour[]> {
  return vectorsRead.then(() => runInPieces(graph.compareAll(query, k)));
}

/** How much of the true `k` nearest the graph finds of `sample` vectors that are in it, drawn by a seed. */
async function checkRecall(sample: number, k: number, seed: number): Promise<RecallCheck | undefined> {
  await vectorsRead;
  const queries = graph.sample(sample, seededRandom(seed, 'recall'));
  const shares: number[] = [];
  for (const { vector, slots } of queries) {
    const found = graph.search(vector, k + slots.length);
    const truth = await compareAll(vector, k + slots.length);
    shares.push(shareFound(found, truth, slots, k));
  }
  return meanRecall(shares, k);
}

function stateOf({ size, removedCount }: HnswGraph): GraphState {
  return { size, removed: removedCount };
}

/** Searches at once, or after the next piece of long work: where messages never end, the event loop comes to nothing else. */
function searchBeside<T>(search: () => T | Promise<T>): T | Promise<T> {
  return longWorks === 0 ? search() : setImmediate().then(search);
}

function runInPieces<T>(steps: Generator<void, T>): Promise<T> {
  return besideSearches(async () => {
    for (let started = performance.now(); ; ) {
      const step = steps.next();
      if (step.done) return step.value;
      if (performance.now() - started < MAX_BLOCK_MS) continue;
      await setImmediate();
      started = performance.now();
    }
  });
}

async function besideSearches<T>(longWork: () => Promise<T>): Promise<T> {
  longWorks++;
  try {
    return await longWork();
  } finally {
    longWorks--;
  }
}
