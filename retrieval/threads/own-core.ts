/**
 * Gives the thread of one session a core of its own, and all other threads of this process the rest, while this process alone
 * keeps all cores busy: that thread is then not interrupted, and what decodes and serves does not wander from core to core, by
 * which 5 to 10% more searches are answered on two cores (docs/performance.md). Cores that wait end it, whether for want of
 * work, since others use them, or since images are to be decoded that take longer than the session.
 */
import { allowedCores, keepOn } from './affinity.ts';
import { usableCores } from './usable-cores.ts';

/** A session that may be given a core. */
export type Candidate = {
  /** The number of its thread. */
  thread: number;
  /** Whether its next run lies ready while it is at one. */
  isCrowded(): boolean;
};

export interface OwnCore {
  /** Whether a session has a core of its own now. */
  readonly isGiven: boolean;
  /** From now on this session may be given a core. */
  enter(candidate: Candidate): void;
  /** No more; resolves when no thread is kept from any core on its account. */
  leave(candidate: Candidate): Promise<void>;
  /** Does work, such as the start of a process, which is to find all cores. */
  withAllCores<T>(work: () => Promise<T>): Promise<T>;
}

export type OwnCoreOptions = {
  /** The cores of this process; none where there is nothing to give. */
  cores?: readonly number[];
  /** How `taskset` keeps threads on cores. */
  keep?: typeof keepOn;
  /** Processor time of this process so far, in ms. */
  processorMs?: () => number;
};

const TICK_MS = 1000;
/** The share of all cores that this process has to use for a core to be given; where it uses less for some seconds, that ends. */
const BUSY = 0.9;
const NOT_BUSY = 0.88;
const PATIENCE_TICKS = 4;
/** For so long no core is given after that, if there was work for half of the cores: it may have been done sooner by all. */
const HALF_BUSY = 0.45;
const REST_TICKS = 10;
/** With less there is none to give; with more it was not measured, and from four on images are decoded in other processes. */
const CORES = 2;

export function createOwnCore(options: OwnCoreOptions = {}): OwnCore {
  return new WatchedCores(options);
}

class WatchedCores implements OwnCore {
  readonly #cores: readonly number[];
  readonly #keep: typeof keepOn;
  readonly #processorMs: () => number;
  readonly #candidates = new Set<Candidate>();
  #given: Candidate | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What was asked of the system, one after another. */
  #asked: Promise<void> = Promise.resolve();
  #last = { at: 0, processorMs: 0 };
  #idleTicks = 0;
  #restTicks = 0;
  /** Work that is to find all cores. */
  #holders = 0;

  constructor({ cores = coresToGive(), keep = keepOn, processorMs = ownProcessorMs }: OwnCoreOptions) {
    this.#cores = cores;
    this.#keep = keep;
    this.#processorMs = processorMs;
  }

  get isGiven(): boolean {
    return this.#given !== undefined;
  }

  enter(candidate: Candidate): void {
    if (this.#cores.length < 2) return;
    this.#candidates.add(candidate);
    this.#last = { at: performance.now(), processorMs: this.#processorMs() };
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
  }

  async leave(candidate: Candidate): Promise<void> {
    this.#candidates.delete(candidate);
    if (this.#candidates.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
    if (this.#given === candidate) this.#take();
    await this.#asked;
  }

  async withAllCores<T>(work: () => Promise<T>): Promise<T> {
    this.#holders++;
    if (this.#given) this.#take();
    try {
      await this.#asked;
      return await work();
    } finally {
      this.#holders--;
    }
  }

  #tick(): void {
    const share = this.#shareUsed();
    if (this.#given) {
      this.#idleTicks = share < NOT_BUSY ? this.#idleTicks + 1 : 0;
      if (this.#idleTicks < PATIENCE_TICKS) return;
      this.#restTicks = share > HALF_BUSY ? REST_TICKS : 0;
      this.#take();
      return;
    }
    if (--this.#restTicks > 0 || this.#holders > 0 || share < BUSY) return;
    const crowded = [...this.#candidates].find((candidate) => candidate.isCrowded());
    if (crowded) this.#give(crowded);
  }

  /** Of all cores since the last time, from 0 to 1. */
  #shareUsed(): number {
    const now = { at: performance.now(), processorMs: this.#processorMs() };
    const { at, processorMs } = this.#last;
    this.#last = now;
    return (now.processorMs - processorMs) / (now.at - at) / this.#cores.length;
  }

  #give(candidate: Candidate): void {
    this.#given = candidate;
    this.#idleTicks = 0;
    this.#ask(async () => {
      await this.#keep(this.#cores.slice(0, -1), 'all');
      await this.#keep(this.#cores.slice(-1), candidate.thread);
    });
  }

  #take(): void {
    this.#given = undefined;
    this.#ask(() => this.#giveBack());
  }

  /** More than once where a thread ends just as it is looked at. */
  async #giveBack(tries = 3): Promise<void> {
    await this.#keep(this.#cores, 'all').catch((error: Error) => {
      if (tries === 1) throw error;
      return this.#giveBack(tries - 1);
    });
  }

  /** A system that does not do it, or a thread that has ended, costs the gain and nothing else. */
  #ask(work: () => Promise<void>): void {
    this.#asked = this.#asked.then(work).catch(() => {
      this.#restTicks = REST_TICKS;
      if (this.#given) this.#take();
    });
  }
}

/** None where others may use them, too, since time on them is limited. */
function coresToGive(): number[] {
  const cores = allowedCores();
  return cores.length === CORES && usableCores === CORES ? cores : [];
}

function ownProcessorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** That of this process. */
export const ownCore = createOwnCore();
