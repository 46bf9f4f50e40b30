/** A `VectorIndex` by HNSW: approximate, a few comparisons a search however many vectors. Its graph lives in a worker thread. */
import { WorkerThread } from '../threads/call.ts';
import { checkSettings, DEFAULT_SETTINGS, type HnswSettings } from './hnsw-settings.ts';
import type { HnswInit, HnswMethods } from './hnsw-worker.ts';
import { expectVectors, type VectorIndex } from './vector-index.ts';

export type HnswOptions = {
  dim: number;
  settings?: Partial<HnswSettings>;
  /** Where it is saved (ends in `.bin`, with `.head` beside it), and the model whose vectors it holds. */
  file?: { path: string; modelId: string };
};

export interface HnswIndex extends VectorIndex {
  /** Why the file could not be used, as the end of a sentence; the index is then empty and to be filled again. */
  readonly problem?: string;
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
  let { size, problem } = await thread.call('open', []);

  return {
    dim,
    ...(problem !== undefined && { problem }),
    size: () => size,
    async add(slots, vectors) {
      expectVectors(dim, slots.length, vectors);
      size = await thread.call('add', [slots, vectors]);
    },
    async remove(slots) {
      size = await thread.call('remove', [slots]);
    },
    async search(query, k) {
      expectVectors(dim, 1, query);
      return thread.call('search', [query, k]);
    },
    slots: () => thread.call('slots', []),
    save: () => thread.call('save', []),
    close: () => thread.close(),
  };
}
