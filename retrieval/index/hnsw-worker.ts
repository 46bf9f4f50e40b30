/** The thread an HNSW graph lives in, because hnswlib-node blocks: long work is cut so that searches come in between. */
import { setImmediate } from 'node:timers/promises';
import { answerCalls, initialData } from '../threads/call.ts';
import { createTurns } from '../threads/in-turn.ts';
import { checkSavedGraph, type GraphIdentity, saveGraph } from './hnsw-file.ts';
import { HnswGraph } from './hnsw-graph.ts';
import type { Slot } from './vector-index.ts';

export type HnswInit = GraphIdentity & { path?: string };

/** How long an addition may hold up a search. */
const MAX_BLOCK_MS = 4;

const { path, ...identity } = initialData<HnswInit>();
const { dim, settings } = identity;
const inTurn = createTurns();
let graph = new HnswGraph(dim, settings);

const methods = {
  /** Reads the file, if it is as it must be; says what is wrong with it otherwise. */
  open: () => inTurn(readSaved),
  add: (slots: Slot[], vectors: Float32Array) =>
    inTurn(async () => {
      await runInPieces(addEach(slots, vectors));
      return graph.size;
    }),
  remove: (slots: Slot[]) =>
    inTurn(async () => {
      for (const slot of slots) graph.remove(slot);
      if (graph.isMostlyRemoved) await renewGraph();
      return graph.size;
    }),
  search: (query: Float32Array, k: number) => graph.search(query, k),
  slots: () => graph.slots(),
  save: () =>
    inTurn(async () => {
      if (path !== undefined) await saveGraph(path, identity, graph.nodes, (file) => graph.write(file));
    }),
};
export type HnswMethods = typeof methods;

answerCalls(methods);

async function readSaved(): Promise<{ size: number; problem?: string }> {
  if (path === undefined) return { size: 0 };
  const saved = await checkSavedGraph(path, identity);
  if ('problem' in saved) return { size: 0, problem: saved.problem };
  try {
    const read = new HnswGraph(dim, settings, { path, nodes: saved.nodes });
    if (read.nodeCount !== saved.nodes.length) return { size: 0, problem: 'its head is of another graph' };
    graph = read;
    return { size: graph.size };
  } catch (error) {
    return { size: 0, problem: (error as Error).message };
  }
}

function* addEach(slots: Slot[], vectors: Float32Array): Generator<void> {
  for (const [i, slot] of slots.entries()) {
    graph.add(slot, vectors.subarray(i * dim, (i + 1) * dim));
    yield;
  }
}

async function renewGraph(): Promise<void> {
  const fresh = graph.emptied();
  await runInPieces(graph.copyTo(fresh));
  graph = fresh;
}

async function runInPieces(steps: Generator<void>): Promise<void> {
  let started = performance.now();
  for (const _ of steps) {
    if (performance.now() - started < MAX_BLOCK_MS) continue;
    await setImmediate();
    started = performance.now();
  }
}
