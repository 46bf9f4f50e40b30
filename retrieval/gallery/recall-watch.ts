/** Checks every now and then how much of the truth the index finds, and keeps the last answer for whoever publishes it. */
import type { RecallCheck } from '../index/recall-check.ts';

export type WatchedRecall = RecallCheck & { /** ISO 8601, UTC. */ checkedAt: string };

const QUERIES = 20;
const K = 10;
/** The first check comes sooner, so that there is an answer early in the life of a server. */
const FIRST_SHARE = 0.05;

type Check = (sample: number, k: number, seed: number) => Promise<RecallCheck | undefined>;

export class RecallWatch {
  readonly #check: Check;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #last: WatchedRecall | undefined;
  #checks = 0;
  #isStopped = false;

  /** Checks every `everyMs`; never by itself when that is 0. Does not keep the process alive. */
  constructor(check: Check, everyMs: number) {
    this.#check = check;
    this.#everyMs = everyMs;
    if (everyMs > 0) this.#plan(everyMs * FIRST_SHARE);
  }

  get last(): WatchedRecall | undefined {
    return this.#last;
  }

  /** Checks now; other vectors are drawn each time. */
  async check(): Promise<WatchedRecall | undefined> {
    const found = await this.#check(QUERIES, K, this.#checks++);
    this.#last = found && { ...found, checkedAt: new Date().toISOString() };
    return this.#last;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #plan(ms: number): void {
    this.#timer = setTimeout(() => {
      // A check that fails, as when the index is just exchanged, is made up for by the next.
      this.#running = this.check()
        .catch(() => {})
        .then(() => {
          if (!this.#isStopped) this.#plan(this.#everyMs);
        });
    }, ms);
    this.#timer.unref();
  }
}
