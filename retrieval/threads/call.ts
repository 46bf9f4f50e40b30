/**
 * Calls from a thread to a worker thread and back: named methods, one answer each, errors carried over.
 * Knows nothing of what the methods do. Models and indexes live behind it, so that the event loop never waits on them.
 */
import { parentPort, receiveMessageOnPort, type Transferable, Worker, workerData } from 'node:worker_threads';
import './no-telemetry.ts';
import { answer, PendingCalls, type Request, type Response } from './pending-calls.ts';

type Method = (...args: never[]) => unknown;
export type Methods = Record<string, Method>;

/** What a worker method returns when some of its buffers should move to the caller instead of being copied. */
export class Moved<T> {
  readonly value: T;
  readonly transfer: Transferable[];
  constructor(value: T, transfer: Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

export type Answer<F> = F extends (...args: never[]) => infer R
  ? Awaited<R> extends Moved<infer T>
    ? T
    : Awaited<R>
  : never;

/** Asks a worker to end itself. */
const END = 'end';

/** Calls that a worker takes one after another before what they have set going goes on. */
const MOST_AT_ONCE = 16;

/** A worker thread that answers calls of the methods `M`. */
export class WorkerThread<M extends Methods> {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #pending = new PendingCalls();
  #isClosing = false;

  /**
   * Starts the module at `url` (pass `new URL('./x-worker.ts', import.meta.url)`), which must call `answerCalls`.
   * @param init handed to the worker once, structured-cloned.
   */
  constructor(url: URL, init?: unknown) {
    this.#worker = startModule(url, init);
    this.#worker.on('message', (response: Response) => this.#settle(response));
    this.#worker.on('error', (error) =>
      this.#pending.end(error instanceof Error ? error : new Error(String(error))),
    );
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#pending.end(new Error(`The worker thread ended with exit code ${code}.`));
        resolve();
      });
    });
    this.#worker.unref();
  }

  /** Calls a method in the worker; rejects with the method's own error, or when the thread has ended. */
  call<K extends keyof M & string>(method: K, args: Parameters<M[K]>, transfer: Transferable[] = []) {
    return this.#pending.add<Answer<M[K]>>(method, args, (request) => {
      this.#worker.ref();
      this.#worker.postMessage(request, transfer);
    });
  }

  /**
   * Rejects the calls still waiting and ends the thread, which finishes what it computes just now:
   * native code that is cut off takes the whole process with it.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#pending.end(new Error('The worker thread was closed.'));
    this.#worker.ref();
    this.#worker.postMessage(END);
    await this.#exited;
  }

  #settle(response: Response): void {
    this.#pending.settle(response);
    // What it still answers while it closes must not let this process end before it has.
    if (this.#pending.size === 0 && !this.#isClosing) this.#worker.unref();
  }
}

/** In a worker module: answers every call with the method of that name. Calls run as they arrive, not one after another. */
export function answerCalls(methods: Methods): void {
  const port = parentPort;
  if (!port) throw new Error('This module runs only as a worker thread.');
  const post = ({ value, ...response }: Response) => {
    if (value instanceof Moved) port.postMessage({ ...response, value: value.value }, value.transfer);
    else port.postMessage({ ...response, value });
  };
  const take = (message: Request | typeof END): boolean => {
    if (message === END) process.exit();
    return answer(message, methods, post);
  };
  port.on('message', (message) => {
    // What waits is taken without the event of a message, which costs 80 µs after work that leaves none of it in the caches.
    for (let taken = 1, isDone = take(message); isDone && taken < MOST_AT_ONCE; taken++) {
      const next = receiveMessageOnPort(port);
      if (!next) return;
      isDone = take(next.message);
    }
  });
}

/** In a worker module: what the constructor of its `WorkerThread` was given as `init`. */
export function initialData<T>(): T {
  return workerData as T;
}

/** Starts a module as a worker; a TypeScript source (in tests and benchmarks) is started through tsx. */
function startModule(url: URL, init: unknown): Worker {
  if (!url.pathname.endsWith('.ts')) return new Worker(url, { workerData: init });
  // Resolved here: code without a file would look for it from the working directory.
  const tsx = import.meta.resolve('tsx/esm/api');
  const bootstrap = `import(${JSON.stringify(tsx)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(url.href)}); })`;
  return new Worker(bootstrap, { eval: true, workerData: init });
}
