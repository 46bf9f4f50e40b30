/**
 * Calls from a process to one that it started, as `WorkerThread` makes them to a thread: what runs there shares no locks and no
 * memory with this one, and cannot take it along when it crashes. Knows nothing of what the methods do.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Methods } from './call.ts';
import { answer, PendingCalls, type Request, type Response } from './pending-calls.ts';

/** Those by which a terminal or a service manager ends a whole group of processes. */
const SIGNALS_TO_ALL = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The process is gone: it crashed, was killed, or could not be started. */
export class ProcessEnded extends Error {}

/** A process that answers calls of the methods `M`; what crosses is copied. It does not keep this process alive. */
export class WorkerProcess<M extends Methods> {
  readonly #child: ChildProcess;
  readonly #pending = new PendingCalls();
  /** Resolves once the process is gone, for whatever reason. */
  readonly exited: Promise<void>;

  /**
   * Starts the module at `url` (pass `new URL('./x-process.ts', import.meta.url)`), which must call `answerCallsFromProcess`.
   * @param env added to the environment of this process.
   */
  constructor(url: URL, env: Record<string, string> = {}) {
    this.#child = fork(fileURLToPath(url), {
      env: { ...process.env, ...env },
      execArgv: url.pathname.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.on('message', (response) => this.#settle(response as Response));
    this.exited = new Promise((resolve) => {
      const end = (why: string) => {
        this.#pending.end(new ProcessEnded(why));
        resolve();
      };
      this.#child.on('error', ({ message }) => end(`The process cannot be used: ${message}.`));
      this.#child.on('exit', (code, signal) => end(`The process ended by ${signal ?? `exit code ${code}`}.`));
    });
    this.#child.unref();
    this.#child.channel?.unref();
  }

  /** Calls that wait for their answer. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** Calls a method there; rejects with the method's own error, or with `ProcessEnded`. */
  call<K extends keyof M & string>(method: K, args: Parameters<M[K]>) {
    return this.#pending.add<Answer<M[K]>>(method, args, (request) => {
      this.#child.channel?.ref();
      this.#child.send(request);
    });
  }

  /** Rejects the calls still waiting and ends the process, whatever it does just now. */
  async close(): Promise<void> {
    this.#pending.end(new ProcessEnded('The process was closed.'));
    this.#child.ref();
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  #settle(response: Response): void {
    this.#pending.settle(response);
    if (this.#pending.size === 0) this.#child.channel?.unref();
  }
}

/**
 * In the module of a `WorkerProcess`: answers every call with the method of that name, until the process that started this one is
 * gone. Signals that reach both are left to that one, which may have work to end first that needs this one.
 */
export function answerCallsFromProcess(methods: Methods): void {
  for (const signal of SIGNALS_TO_ALL) process.on(signal, () => {});
  process.on('disconnect', () => process.exit());
  const post = (response: Response) => process.connected && process.send?.(response);
  process.on('message', (request: Request) => {
    answer(request, methods, post);
  });
}
