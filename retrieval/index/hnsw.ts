/** A `VectorIndex` by HNSW: approximate, a few comparisons a search however many vectors. Its graph lives in a worker thread. */
import { WorkerThread } from '../threads/call.ts';
import { checkSettings, DEFAULT_SETTINGS, type HnswSettings } from './hnsw-settings.ts';
import type { GraphState, HnswInit, HnswMethods } from './hnsw-worker.ts';
import { unpackNeighbours } from './packed-neighbours.ts';
import { QueryBatches } from './query-batches.ts';
import type { RecallCheck } from './recall-check.ts';
import { expectVectors, type Neighbour, type SlotList, type VectorIndex } from './vector-index.ts';

export type HnswOptions = {
  dim: number;
  settings?: Partial<HnswSettings>;
  /** Where it is saved (ends in `.bin`, with `.head` beside it), and the model whose vectors it holds. */
  file?: { path: string; modelId: string };
};

export interface HnswIndex extends VectorIndex {
  /** Why the file could not be used, as the end of a sentence; the index is then empty and to be filled again. */
  readonly problem?: string;
  /** What there is in the graph just now; once most of it is removed it is built anew, beside all other work. */
  state(): Promise<GraphState>;
  /** As `search`, by comparing with every vector. */
  searchExactly(query: Float32Array, k: number, only?: SlotList): Promise<Neighbour[]>;
  /** Compares the answers to `sample` of its own vectors, drawn by `seed`, with the exact ones; undefined when it is empty. */
  checkRecall(sample: number, k: number, seed: number): Promise<RecallCheck | undefined>;
  /** Weighs so many candidates from the next search on, 10 to 2000; a saved index keeps its setting. */
  setEfSearch(efSearch: number): Promise<void>;
  /** Writes the file; what is added meanwhile waits. */
  save(): Promise<void>;
}

/** Opens the index saved in `file`, or an empty one. Throws `bad-input` for a setting out of range. */
export async function openHnswIndex({ dim, settings: chosen, file }: HnswOptions): Promise<HnswIndex> {
  const settings = { ...DEFAULT_SETTINGS, ...chosen };
  checkSettings(settings);
  const init: HnswInit = { dim, settings, modelId: file?.modelId ?? '', ...(file && { path: file.path }) };
  const module = import.meta.url.endsWith('.ts') ? './hnsw-worker.ts' : './hnsw-worker.js';
  const thread = new WorkerThread<HnswMethods>(new URL(module, import.meta.url), init);
  const { problem, ...opened } = await thread.call('open', []);
  let { size }: GraphState = opened;
  const batches = new QueryBatches(dim, (queries, ks) => thread.call('search', [queries, ks]));

  return {
    dim,
    ...(problem !== undefined && { problem }),
    size: () => size,
    state: () => thread.call('state', []),
    async add(slots, vectors) {
      expectVectors(dim, slots.length, vectors);
      ({ size } = await thread.call('add', [slots, vectors]));
    },
    async remove(slots) {
      ({ size } = await thread.call('remove', [slots]));
    },
    async search(query, k, only) {
      expectVectors(dim, 1, query);
      if (!only) return batches.search(query, k);
      return unpackNeighbours(await thread.call('searchAmong', [only, query, k]))[0];
    },
    async searchExactly(query, k, only) {
      expectVectors(dim, 1, query);
      return unpackNeighbours(await thread.call('searchExactly', [query, k, only]))[0];
    },
    setEfSearch: async (efSearch) => {
      checkSettings({ ...settings, efSearch });
      await thread.call('setEfSearch', [efSearch]);
    },
    checkRecall: (sample, k, seed) => thread.call('checkRecall', [sample, k, seed]),
    slots: () => thread.call('slots', []),
    save: () => thread.call('save', []),
    close: () => thread.close(),
  };
}
