/**
 * Opens an `Embedder`: threads with an ONNX session each, and one bounded queue before them. A thread that is free
 * takes at once what waits, so batches grow with the load and a lone image never waits for others.
 */
import { access } from 'node:fs/promises';
import { QueueFull, SinterError } from '../errors.ts';
import type { Candidate, OwnCore } from '../threads/own-core.ts';
import { usableCores } from '../threads/usable-cores.ts';
import type { Device } from './device.ts';
import { type EmbedThread, startEmbedThread } from './embed-thread.ts';
import type { EmbedThreadInit } from './embed-worker.ts';
import type { Embedder, EmbedderGraph, EmbedderOptions, Embedding, RunPlan } from './embedder.ts';

const MOST_WORKERS = 8;
const MOST_IN_BATCH_ON_GPU = 32;
const MOST_IN_BATCH = 16;
const PIXELS_IN_BATCH = 4 * 224 ** 2;

/** How much the latest run counts against those before it. */
const PACE_WEIGHT = 0.1;

type Job = {
  pixels: Uint8Array;
  since: number;
  resolve: (embedding: Embedding) => void;
  reject: (error: Error) => void;
};

/** Opens a graph for embedding. Throws `not-found` for a missing file, `bad-model` for a graph that is none, or another one, and `no-device`. */
export async function openEmbedder(graph: EmbedderGraph, options: EmbedderOptions = {}): Promise<Embedder> {
  const { device = 'cpu', workers = defaultWorkers(device), threadsPerWorker = 1 } = options;
  const { maxBatch = defaultBatch(device, graph), maxQueue = 1024, ownCore } = options;
  for (const [name, value] of Object.entries({ workers, threadsPerWorker, maxBatch, maxQueue })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new SinterError('bad-input', `Expected \`${name}\` to be a whole number from 1 up; got ${value}.`);
  }
  await access(graph.path).catch(() => {
    throw new SinterError('not-found', `There is no model graph ${graph.path}.`);
  });
  const init = { graph, device, threads: threadsPerWorker };
  return new QueuedEmbedder(init, await startAll(workers, init), { maxBatch, maxQueue, ownCore });
}

/** Sessions of one thread each are the fastest way to keep the cores of a CPU busy, and one session a GPU. */
export function defaultWorkers(device: Device): number {
  return device === 'cpu' ? Math.min(usableCores, MOST_WORKERS) : 1;
}

/** A session, whether or not it yields. */
type SessionInit = Omit<EmbedThreadInit, 'yields'>;

/**
 * Starts all threads or none. On a CPU all but the last yield to decoders and the event loop, which then take their turns where a
 * run yields, at once, and seldom interrupt the last one: 3% more searches a second and more (docs/performance.md).
 */
async function startAll(count: number, init: SessionInit): Promise<EmbedThread[]> {
  const yields = (i: number) => init.device === 'cpu' && i < count - 1;
  const starts = await Promise.allSettled(
    Array.from({ length: count }, (_, i) => startEmbedThread({ ...init, yields: yields(i) })),
  );
  const failed = starts.find((start) => start.status === 'rejected');
  const threads = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  if (!failed) return threads;
  await Promise.all(threads.map((thread) => thread.close()));
  throw failed.reason;
}

/**
 * WebGPU on an H200 embeds most with 32 of 224² at a time, 40% fewer a second with 64. On a CPU the maps of a batch have to stay near the core: MobileNetV2 at 224² takes 4.1 ms of
 * a core an image in batches of 2 to 4, 5.1 in batches of 16.
 */
function defaultBatch(device: Device, { size }: EmbedderGraph): number {
  if (device !== 'cpu') return MOST_IN_BATCH_ON_GPU;
  return Math.min(MOST_IN_BATCH, Math.max(1, Math.floor(PIXELS_IN_BATCH / size ** 2)));
}

type QueueOptions = { maxBatch: number; maxQueue: number; ownCore: OwnCore | undefined };

class QueuedEmbedder implements Embedder {
  readonly graph: EmbedderGraph;
  readonly plan: RunPlan;
  readonly atOnce: number;
  readonly #init: SessionInit;
  readonly #maxBatch: number;
  readonly #maxQueue: number;
  readonly #ownCore: OwnCore | undefined;
  readonly #threads: Set<EmbedThread>;
  /** The next one to be used is the last: where none has anything to do, the one that does not yield. */
  readonly #idle: EmbedThread[];
  readonly #failed = new WeakSet<EmbedThread>();
  /** In order of arrival. */
  #waiting = new Set<Job>();
  #running = 0;
  /** How long all threads together take for an image, in milliseconds, from what they took lately. */
  #paceMs = 0;
  #scheduled = false;
  #candidate: Candidate | undefined;
  /** Why nothing can be embedded any more: closed, or the last thread could not be replaced. */
  #ended: Error | undefined;

  constructor(init: SessionInit, threads: EmbedThread[], { maxBatch, maxQueue, ownCore }: QueueOptions) {
    this.graph = init.graph;
    this.plan = { device: init.device, workers: threads.length, threadsPerWorker: init.threads };
    this.#init = init;
    this.#threads = new Set(threads);
    this.#idle = threads;
    this.atOnce = threads.length * maxBatch;
    this.#maxBatch = maxBatch;
    this.#maxQueue = maxQueue;
    this.#ownCore = ownCore;
    this.#enterOwnCore();
  }

  embed(pixels: Uint8Array, signal?: AbortSignal): Promise<Embedding> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal(pixels, signal);
      if (refusal) return reject(refusal);
      const job: Job = { pixels, since: performance.now(), resolve, reject };
      this.#waiting.add(job);
      this.#dropWhenAborted(job, signal);
      this.#schedule();
    });
  }

  load() {
    return { waiting: this.#waiting.size, running: this.#running };
  }

  async close(): Promise<void> {
    this.#end(new SinterError('interrupted', 'The embedder was closed before the image was embedded.'));
    await this.#leaveOwnCore();
    await Promise.all([...this.#threads].map((thread) => thread.close()));
  }

  #refusal(pixels: Uint8Array, signal?: AbortSignal): Error | undefined {
    const expected = this.graph.size ** 2 * 3;
    if (this.#ended) return this.#ended;
    if (signal?.aborted) return aborted();
    if (pixels.length !== expected) {
      return new SinterError(
        'bad-input',
        `Expected ${expected} bytes of pixels; got ${pixels.length}. This is a bug.`,
      );
    }
    if (this.#waiting.size < this.#maxQueue) return undefined;
    const message = `${this.#maxQueue} images wait already, the most allowed. Try again later.`;
    return new QueueFull(message, this.#waiting.size * this.#paceMs);
  }

  #dropWhenAborted(job: Job, signal?: AbortSignal): void {
    if (!signal) return;
    const drop = () => {
      if (this.#waiting.delete(job)) job.reject(aborted());
    };
    const forget =
      <T>(settle: (value: T) => void) =>
      (value: T) => {
        signal.removeEventListener('abort', drop);
        settle(value);
      };
    signal.addEventListener('abort', drop, { once: true });
    job.resolve = forget(job.resolve);
    job.reject = forget(job.reject);
  }

  /** Images that arrive in one go are shared out among the idle threads together, not the first of them alone. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#waiting.size > 0) {
      const share = Math.ceil(this.#waiting.size / this.#idle.length);
      const thread = this.#idle.pop() as EmbedThread;
      void this.#run(thread, this.#take(Math.min(share, this.#mostFor(thread))));
    }
    const first = this.#first();
    const mayTakeMore = first?.batches === 1 && !this.#failed.has(first);
    if (mayTakeMore && this.#waiting.size >= this.#maxBatch)
      void this.#run(first, this.#take(this.#maxBatch));
  }

  /** What runs on what others leave of a core takes long, and images that it has could be embedded sooner on a core that is free. */
  #mostFor({ yields }: EmbedThread): number {
    return yields && this.#ownCore?.isGiven ? 1 : this.#maxBatch;
  }

  /** The thread that does not yield: under load it has its next batch already while it runs one, and never waits for the event loop. */
  #first(): EmbedThread | undefined {
    return [...this.#threads].find((thread) => !thread.yields);
  }

  #take(count: number): Job[] {
    const jobs: Job[] = [];
    for (const job of this.#waiting) {
      if (jobs.length === count) break;
      this.#waiting.delete(job);
      jobs.push(job);
    }
    return jobs;
  }

  async #run(thread: EmbedThread, jobs: Job[]): Promise<void> {
    this.#running += jobs.length;
    await this.#settle(thread, jobs);
    this.#running -= jobs.length;
    if (thread.batches === 0 && this.#isInUse(thread)) {
      if (this.#failed.has(thread)) await this.#replace(thread);
      else this.#release(thread);
    }
    this.#dispatch();
  }

  /** Neither idle nor replaced: its last two batches may have ended together. */
  #isInUse(thread: EmbedThread): boolean {
    return this.#threads.has(thread) && !this.#idle.includes(thread);
  }

  #release(thread: EmbedThread): void {
    if (thread.yields) this.#idle.unshift(thread);
    else this.#idle.push(thread);
  }

  /** Embeds the jobs and answers each of them. What lay ready in a thread whose run failed waits again, for another one. */
  async #settle(thread: EmbedThread, jobs: Job[]): Promise<void> {
    const embedded = await thread.embed(jobs.map((job) => job.pixels)).catch((error: Error) => error);
    if (this.#failed.has(thread) && !this.#ended) {
      this.#waiting = new Set([...jobs, ...this.#waiting]);
    } else if (embedded instanceof Error) {
      this.#failed.add(thread);
      const failure = this.#ended ?? runFailed(embedded);
      for (const job of jobs) job.reject(failure);
    } else this.#answer(jobs, embedded);
  }

  #answer(jobs: Job[], { vectors, runMs }: { vectors: Float32Array[]; runMs: number }): void {
    const shared = { runMs, batchSize: jobs.length };
    const startedAt = performance.now() - runMs;
    this.#notePace(shared);
    jobs.forEach((job, i) => {
      const queueMs = Math.max(0, startedAt - job.since);
      job.resolve({ vector: vectors[i] as Float32Array, queueMs, ...shared });
    });
  }

  #notePace({ runMs, batchSize }: { runMs: number; batchSize: number }): void {
    const paceMs = runMs / batchSize / this.#threads.size;
    this.#paceMs += (paceMs - this.#paceMs) * (this.#paceMs === 0 ? 1 : PACE_WEIGHT);
  }

  /** A thread that failed may have died or be in any state: its successor starts afresh. */
  async #replace(thread: EmbedThread): Promise<void> {
    this.#threads.delete(thread);
    if (this.#candidate?.thread === thread.number) await this.#leaveOwnCore();
    await thread.close();
    if (this.#ended) return;
    try {
      const fresh = await startEmbedThread({ ...this.#init, yields: thread.yields });
      if (this.#ended) return await fresh.close();
      this.#threads.add(fresh);
      this.#release(fresh);
      this.#enterOwnCore();
    } catch (error) {
      if (this.#threads.size === 0) this.#end(new Error('No embedding thread is left.', { cause: error }));
    }
  }

  /** The thread that does not yield may get a core of its own, where another one embeds on the rest. */
  #enterOwnCore(): void {
    const { workers, threadsPerWorker, device } = this.plan;
    const first = this.#first();
    if (this.#candidate || first?.number === undefined) return;
    if (device !== 'cpu' || workers === 1 || threadsPerWorker > 1) return;
    this.#candidate = { thread: first.number, isCrowded: () => first.batches > 1 };
    this.#ownCore?.enter(this.#candidate);
  }

  async #leaveOwnCore(): Promise<void> {
    const candidate = this.#candidate;
    this.#candidate = undefined;
    if (candidate) await this.#ownCore?.leave(candidate);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const job of this.#waiting) job.reject(this.#ended);
    this.#waiting.clear();
  }
}

function aborted(): SinterError {
  return new SinterError('interrupted', 'Interrupted while the image waited to be embedded.');
}

function runFailed(cause: Error): Error {
  return new Error(`Embedding failed: ${cause.message} The thread is replaced; try again.`, { cause });
}
