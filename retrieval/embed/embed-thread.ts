/** The outside of an embedding thread: starts it, hands it batches, ends it. Knows nothing of what waits. */
import { WorkerThread } from '../threads/call.ts';
import { createTurns } from '../threads/in-turn.ts';
import type { ListedProvider } from './device.ts';
import type { EmbedMethods, EmbedThreadInit } from './embed-worker.ts';

const WORKER = import.meta.url.endsWith('.ts') ? './embed-worker.ts' : './embed-worker.js';

export type EmbedThread = {
  /** Embeds images, each uint8 [size, size, 3], together: one float32 [dim] for each. Their memory moves to the thread. */
  embed(images: readonly Uint8Array[]): Promise<Float32Array[]>;
  close(): Promise<void>;
};

/**
 * Sessions on the CPU know nothing of each other. Two on a GPU share its context, which threads of one process must not
 * enter together (with WebGPU that ends the process), so that theirs take turns. A GPU works on one batch at a time anyway.
 */
const turnsOnGpu = createTurns();

/**
 * Starts a thread with a session of its own. Images move there, and their memory is freed there: the thread has few objects
 * to collect, and the one that calls has many.
 * Resolves when the graph is loaded and has run once. Throws `bad-model` and `no-device`.
 */
export async function startEmbedThread(init: EmbedThreadInit): Promise<EmbedThread> {
  const inTurn: typeof turnsOnGpu = init.device === 'cpu' ? (work) => work() : turnsOnGpu;
  const thread = new WorkerThread<EmbedMethods>(new URL(WORKER, import.meta.url), init);
  try {
    await inTurn(() => thread.call('open', []));
  } catch (error) {
    await thread.close();
    throw error;
  }
  const { dim } = init.graph;
  return {
    async embed(images) {
      const moved = images.map(withOwnBuffer);
      const buffers = moved.map(({ buffer }) => buffer);
      const vectors = await inTurn(() => thread.call('embed', [moved], buffers));
      return images.map((_, i) => vectors.slice(i * dim, (i + 1) * dim));
    },
    close: () => inTurn(() => thread.close()),
  };
}

/** A view of a larger buffer, or one that is shared, is copied. */
function withOwnBuffer(image: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = image;
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength)
    return image as Uint8Array<ArrayBuffer>;
  return new Uint8Array(image);
}

/** The providers that this build of ONNX Runtime has; whether they work here is another question. */
export async function listProviders(): Promise<ListedProvider[]> {
  const init: EmbedThreadInit = { graph: { path: '', size: 0, dim: 0 }, device: 'cpu', threads: 1 };
  const thread = new WorkerThread<EmbedMethods>(new URL(WORKER, import.meta.url), init);
  return thread.call('providers', []).finally(() => thread.close());
}
