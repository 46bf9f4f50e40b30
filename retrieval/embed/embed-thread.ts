/** The outside of an embedding thread: starts it, hands it batches, ends it. Knows nothing of what waits. */
import { WorkerThread } from '../threads/call.ts';
import { machineCores } from '../threads/cores.ts';
import { createTurns } from '../threads/in-turn.ts';
import type { ListedProvider } from './device.ts';
import type { EmbedMethods, EmbedThreadInit } from './embed-worker.ts';

const WORKER = import.meta.url.endsWith('.ts') ? './embed-worker.ts' : './embed-worker.js';

export type EmbedThread = {
  readonly yields: boolean;
  /** The system's number of it; undefined where the system does not tell. */
  readonly number: number | undefined;
  /** What was asked of it and is not answered: one batch runs, others lie ready for when it ends. */
  readonly batches: number;
  /** Embeds images, each uint8 [size, size, 3], together: one float32 [dim] for each, and how long that took. */
  embed(images: readonly Uint8Array[]): Promise<{ vectors: Float32Array[]; runMs: number }>;
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
  const thread = new WorkerThread<EmbedMethods>(new URL(WORKER, import.meta.url), init);
  const session = new SessionThread(init, thread);
  try {
    await session.open();
    return session;
  } catch (error) {
    await thread.close();
    throw error;
  }
}

class SessionThread implements EmbedThread {
  readonly yields: boolean;
  number: number | undefined;
  batches = 0;
  readonly #init: EmbedThreadInit;
  readonly #thread: WorkerThread<EmbedMethods>;
  #leaveCores: (() => void) | undefined;
  #endedAt = 0;
  #spare: Uint8Array<ArrayBuffer> | undefined;

  constructor(init: EmbedThreadInit, thread: WorkerThread<EmbedMethods>) {
    this.yields = init.yields;
    this.#init = init;
    this.#thread = thread;
  }

  async open(): Promise<void> {
    this.number = await this.#onDevice(() => this.#thread.call('open', []));
  }

  async embed(images: readonly Uint8Array[]) {
    const arrivedAt = performance.now();
    const batch = this.#batchOf(images);
    const answer = await this.#onDevice(() =>
      this.#thread.call('embed', [batch, images.length], [batch.buffer]),
    );
    this.#spare = answer.pixels;
    const endedAt = performance.now();
    const runMs = endedAt - Math.max(arrivedAt, this.#endedAt);
    this.#endedAt = endedAt;
    const { dim } = this.#init.graph;
    return { vectors: images.map((_, i) => answer.vectors.slice(i * dim, (i + 1) * dim)), runMs };
  }

  close(): Promise<void> {
    return this.#onDevice(() => this.#thread.close());
  }

  #batchOf(images: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const length = images[0]?.length ?? 0;
    const spare = this.#spare;
    this.#spare = undefined;
    const batch =
      spare && spare.length >= images.length * length ? spare : new Uint8Array(images.length * length);
    for (const [i, image] of images.entries()) batch.set(image, i * length);
    return batch;
  }

  /** Its cores are occupied as long as anything is asked of it, and once. */
  async #onDevice<T>(work: () => Promise<T>): Promise<T> {
    const { device, threads } = this.#init;
    this.#leaveCores ??= machineCores.occupy(device === 'cpu' ? threads : 0);
    this.batches++;
    try {
      return await (device === 'cpu' ? work() : turnsOnGpu(work));
    } finally {
      this.batches--;
      if (this.batches === 0) this.#free();
    }
  }

  #free(): void {
    this.#leaveCores?.();
    this.#leaveCores = undefined;
  }
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
