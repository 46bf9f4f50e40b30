/** Questions about many items at once, answered by a thread that is started with the first of them. */
import { SinterError } from '../errors.ts';
import type { SlotList } from '../index/vector-index.ts';
import { WorkerThread } from '../threads/call.ts';
import type { Filter } from './filter.ts';
import type { FieldSummary, ItemPage, LabelCount, ListOptions } from './item.ts';
import type { ScanMethods } from './scan-worker.ts';

export class Scans {
  readonly #file: string;
  #thread: WorkerThread<ScanMethods> | undefined;
  #isClosed = false;

  /** Of the database at `file`. */
  constructor(file: string) {
    this.#file = file;
  }

  count(filter: Filter): Promise<number> {
    return this.#started().call('count', [filter]);
  }

  labels(filter?: Filter): Promise<LabelCount[]> {
    return this.#started().call('labels', [filter]);
  }

  fields(filter?: Filter): Promise<FieldSummary[]> {
    return this.#started().call('fields', [filter]);
  }

  page(options: ListOptions): Promise<ItemPage> {
    return this.#started().call('page', [options]);
  }

  /** The slots of the items that the filter lets through, ascending. */
  slots(filter: Filter, model: string): Promise<SlotList> {
    return this.#started().call('slots', [filter, model]);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const thread = this.#thread;
    this.#thread = undefined;
    if (!thread) return;
    await thread.call('close', []);
    await thread.close();
  }

  #started(): WorkerThread<ScanMethods> {
    if (this.#isClosed) throw new SinterError('bad-input', `The gallery at ${this.#file} is closed.`);
    const module = import.meta.url.endsWith('.ts') ? './scan-worker.ts' : './scan-worker.js';
    this.#thread ??= new WorkerThread<ScanMethods>(new URL(module, import.meta.url), this.#file);
    return this.#thread;
  }
}
