/**
 * Decodes many images, and images of strangers. From four cores on that happens in processes of their own: within one process
 * libvips does not use many cores, since its objects are GLib's, which take locks of the whole process for every signal and
 * property (docs/performance.md); and an image at which a decoder crashes then takes nothing else along.
 */
import { totalmem } from 'node:os';
import { SinterError } from '../errors.ts';
import { stopIfAborted } from '../progress.ts';
import { type Cores, machineCores } from '../threads/cores.ts';
import { usableCores } from '../threads/usable-cores.ts';
import { ProcessEnded, WorkerProcess } from '../threads/worker-process.ts';
import type { DecodeLimits, DecodeOptions } from './decode.ts';
import { type DecoderMethods, decoderMethods } from './decoder-methods.ts';
import type { InputRule, Pixels } from './pixels.ts';

type Cancellable = { signal?: AbortSignal | undefined };

/** `decodeMs` as the decoder took; `waitedMs` for a core, and on the way to another process and back. */
export type Decoded = Pixels & { waitedMs: number; decodeMs: number };

/**
 * Both throw `bad-image` for an image at which the decoder crashes or stays for more than a minute, too, and `interrupted`
 * where the signal is aborted before the image's turn. Images wait while the cores are taken.
 */
export interface Decoders {
  /** Most processes; 0 where images are decoded in this one. */
  readonly most: number;
  /** How many images at a time keep all of them busy. */
  readonly atOnce: number;
  /** Processes now, and how often one has ended while it had an image. */
  status(): { processes: number; crashes: number };
  /** Starts the first process, so that the first image does not wait for it. */
  prepare(): void;
  /** As `decodeImage`. */
  decode(bytes: Uint8Array, rule: InputRule, options?: DecodeOptions & Cancellable): Promise<Decoded>;
  /** As `shrinkImage`. */
  shrink(bytes: Uint8Array, size: number, options?: DecodeLimits & Cancellable): Promise<Uint8Array>;
}

export type DecodersOptions = {
  /** Default one process a core up to 16 and to an eighth of the memory, none on less than four cores. */
  most?: number;
  /** Default those of this machine. */
  cores?: Cores;
  /** How long an image may take; default one minute. */
  timeoutMs?: number;
  /** How long a process waits for work, unless it is the last; default half a minute. */
  idleMs?: number;
  /** What runs in a process. */
  module?: URL;
};

/** With two sessions on two cores, a process each for decoding cost 8% of the searches; with four on four it made indexing 4% faster. */
const FEWEST_CORES = 4;
/** They decode 3,200 photos of 256 pixels a second, more than one thread hands out. */
const MOST_PROCESSES = 16;
/** Keeps libuv's threads busy, and some waiting for them. */
const FEWEST_AT_ONCE = 16;
/** What a process has for itself, and how much of the memory all of them may take. */
const PROCESS_BYTES = 65e6;
const MEMORY_SHARE = 1 / 8;
const FROM_SOURCE = import.meta.url.endsWith('.ts');
const MODULE = new URL(FROM_SOURCE ? './decoder-process.ts' : './decoder-process.js', import.meta.url);
/** An image keeps one thread of libuv's waiting for one of libvips'. What comes second waits while the first is decoded. */
const ENVIRONMENT = { UV_THREADPOOL_SIZE: '1' };

type Decoder = WorkerProcess<DecoderMethods>;
type Work<T> = (decoder: Pick<Decoder, 'call'>) => Promise<T>;

/** What decodes in this process. */
const HERE: Pick<Decoder, 'call'> = {
  call: async (method, args) => (decoderMethods[method] as (...given: typeof args) => never)(...args),
};

/** Starts no process before it is needed. */
export function createDecoders(options: DecodersOptions = {}): Decoders {
  return new DecoderPool(options);
}

class DecoderPool implements Decoders {
  readonly most: number;
  readonly atOnce: number;
  readonly #cores: Cores;
  readonly #timeoutMs: number;
  readonly #idleMs: number;
  readonly #module: URL;
  /** Those that are ready, with the timer that ends one that has nothing to do. */
  readonly #decoders = new Map<Decoder, NodeJS.Timeout | undefined>();
  readonly #starting = new Set<Promise<void>>();
  #room: number;
  #crashes = 0;

  constructor({
    most = mostProcesses(thisMachine()),
    cores = machineCores,
    timeoutMs = 60_000,
    idleMs = 30_000,
    module = MODULE,
  }: DecodersOptions) {
    this.most = most;
    this.atOnce = Math.max(FEWEST_AT_ONCE, 4 * most);
    this.#room = most;
    this.#cores = cores;
    this.#timeoutMs = timeoutMs;
    this.#idleMs = idleMs;
    this.#module = module;
  }

  status() {
    return { processes: this.#decoders.size, crashes: this.#crashes };
  }

  prepare(): void {
    if (this.most > 0 && this.#decoders.size === 0) this.#startMore();
  }

  async decode(
    bytes: Uint8Array,
    rule: InputRule,
    { signal, ...options }: DecodeOptions & Cancellable = {},
  ): Promise<Decoded> {
    const arrived = performance.now();
    const decoded = await this.#run((decoder) => decoder.call('decode', [bytes, rule, options]), signal);
    return { ...decoded, waitedMs: performance.now() - arrived - decoded.decodeMs };
  }

  shrink(bytes: Uint8Array, size: number, { signal, ...options }: DecodeLimits & Cancellable = {}) {
    return this.#run((decoder) => decoder.call('shrink', [bytes, size, options]), signal);
  }

  async #run<T>(work: Work<T>, signal: AbortSignal | undefined): Promise<T> {
    stopIfAborted(signal);
    return this.#cores.share(async () => {
      stopIfAborted(signal);
      if (this.most === 0) return work(HERE);
      try {
        return await this.#runInOne(work);
      } catch (error) {
        if (!(error instanceof ProcessEnded)) throw error;
        this.#crashes++;
        return this.#runAlone(work);
      }
    });
  }

  async #runInOne<T>(work: Work<T>): Promise<T> {
    for (;;) {
      const decoder = this.#leastBusy();
      if (!decoder || decoder.waiting > 0) this.#startMore();
      // Called in the same turn, so that the next image finds it busy.
      if (decoder) return this.#runIn(decoder, work);
      await Promise.race(this.#starting);
    }
  }

  #leastBusy(): Decoder | undefined {
    return [...this.#decoders.keys()].sort((a, b) => a.waiting - b.waiting)[0];
  }

  /** As many at a time as there are already, at least one: the first images do not wait for all of them. */
  #startMore(): void {
    const [ready, starting] = [this.#decoders.size, this.#starting.size];
    if (starting < Math.max(1, ready) && ready + starting < this.#room) this.#start();
  }

  #start(): void {
    const decoder = this.#open();
    const started = decoder.call('ready', []).then(() => {
      this.#decoders.set(decoder, undefined);
      void decoder.exited.then(() => {
        this.#decoders.delete(decoder);
        this.#room = this.most;
      });
      this.#endIfIdle(decoder);
    });
    this.#starting.add(started);
    const over = () => this.#starting.delete(started);
    started.then(over, () => {
      over();
      // The system has no room for more; those that are there have to do, until one of them ends.
      if (this.#decoders.size > 0) this.#room = this.#decoders.size;
    });
  }

  #open(): Decoder {
    return new WorkerProcess<DecoderMethods>(this.#module, ENVIRONMENT);
  }

  async #runIn<T>(decoder: Decoder, work: Work<T>): Promise<T> {
    clearTimeout(this.#decoders.get(decoder));
    const giveUp = setTimeout(() => decoder.close(), this.#timeoutMs);
    try {
      return await work(decoder);
    } finally {
      clearTimeout(giveUp);
      if (decoder.waiting === 0 && this.#decoders.has(decoder)) this.#endIfIdle(decoder);
    }
  }

  #endIfIdle(decoder: Decoder): void {
    const end = () => {
      if (this.#decoders.size > 1 && this.#decoders.delete(decoder)) void decoder.close();
    };
    clearTimeout(this.#decoders.get(decoder));
    this.#decoders.set(decoder, setTimeout(end, this.#idleMs).unref());
  }

  /** Once more by itself after a process ended: that may have been the fault of another image, or of none. */
  async #runAlone<T>(work: Work<T>): Promise<T> {
    const decoder = this.#open();
    try {
      await decoder.call('ready', []);
      return await this.#runIn(decoder, work).catch((error: Error) => {
        throw error instanceof ProcessEnded ? crashed(error) : error;
      });
    } finally {
      await decoder.close();
    }
  }
}

/** How many processes suit a machine of so many cores and so much memory. */
export function mostProcesses({ cores, memoryBytes }: { cores: number; memoryBytes: number }): number {
  if (cores < FEWEST_CORES) return 0;
  return Math.min(cores, MOST_PROCESSES, Math.floor((MEMORY_SHARE * memoryBytes) / PROCESS_BYTES));
}

/** As far as this process may use it: a container may have less than the machine. */
function thisMachine() {
  const memoryBytes = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return { cores: usableCores, memoryBytes };
}

function crashed(cause: ProcessEnded): SinterError {
  const message = `Expected an image that can be decoded; the decoder crashed at it or took too long, twice. ${cause.message}`;
  return new SinterError('bad-image', message, { cause });
}

/** Those of this machine. */
export const decoders = createDecoders();
