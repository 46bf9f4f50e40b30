/** The outside of an embedding thread: starts it, hands it batches, ends it. Knows nothing of what waits. */
import { WorkerThread } from '../threads/call.ts';
import { machineCores } from '../threads/cores.ts';
import { createTurns } from '../threads/in-turn.ts';
import type { ListedProvider } from './device.ts';
import type { EmbedMethods, EmbedThreadInit } from './embed-worker.ts';

const WORKER = import.meta.url.endsWith('.ts') ? './embed-worker.ts' : './embed-worker.js';

export type EmbedThread = {
  readonly yields: boolean;
  /** Embeds images, each uint8 [size, size, 3], together: one float32 [dim] for each. */
  embed(images: readonly Uint8Array[]): Promise<Float32Array[]>;
  close(): Promise<void>;
};

/**
 * Sessions on the CPU know nothing of each other. Two on a GPU share its context, which threads of one process must not
 * enter together (with WebGPU that ends the process), so that theirs take turns. A GPU works on one batch at a time anyway.
 */
const turnsOnGpu = createTurns();

/**
 * Starts a thread with a session of its own. Batches move there in a buffer that comes back: new ones for each, of
 * hundreds of kilobytes, would keep the garbage collector busy in both threads.
 * Resolves when the graph is loaded and has run once. Throws `bad-model` and `no-device`.
 */
export async function startEmbedThread(init: EmbedThreadInit): Promise<EmbedThread> {
  const onDevice: typeof turnsOnGpu =
    init.device === 'cpu' ? (work) => machineCores.occupy(init.threads, work) : turnsOnGpu;
  const thread = new WorkerThread<EmbedMethods>(new URL(WORKER, import.meta.url), init);
  try {
    await onDevice(() => thread.call('open', []));
  } catch (error) {
    await thread.close();
    throw error;
  }
  const { dim } = init.graph;
  let spare: Uint8Array<ArrayBuffer> | undefined;
  return {
    yields: init.yields,
    async embed(images) {
      const length = images[0]?.length ?? 0;
      const batch =
        spare && spare.length >= images.length * length ? spare : new Uint8Array(images.length * length);
      spare = undefined;
      for (const [i, image] of images.entries()) batch.set(image, i * length);
      const answer = await onDevice(() => thread.call('embed', [batch, images.length], [batch.buffer]));
      spare = answer.pixels;
      return images.map((_, i) => answer.vectors.slice(i * dim, (i + 1) * dim));
    },
    close: () => onDevice(() => thread.close()),
  };
}

/** The providers that this build of ONNX Runtime has; whether they work here is another question. */
export async function listProviders(): Promise<ListedProvider[]> {
  const init: EmbedThreadInit = {
    graph: { path: '', size: 0, dim: 0 },
    device: 'cpu',
    threads: 1,
    yields: false,
  };
  const thread = new WorkerThread<EmbedMethods>(new URL(WORKER, import.meta.url), init);
  return thread.call('providers', []).finally(() => thread.close());
}
