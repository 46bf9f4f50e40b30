// @ts-check
/** A long list that is loaded page by page, as far as it is looked at; recent lists are remembered, so that Back is immediate. */
import { signal } from '@preact/signals';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { attempt } from '../api/client.js';
import { revision } from './gallery.js';
import { remembering } from './remembered.js';

/**
 * @template T, First
 * @typedef {{ items: T[], next?: string | number | undefined, first?: First }} Page `first` tells of the list as a whole
 */
/**
 * @template T, First
 * @typedef {(cursor: string | number | undefined, signal: AbortSignal) => Promise<Page<T, First>>} LoadPage
 */

/** How many items are loaded ahead of the last one in sight. */
const AHEAD = 60;

/** @type {(key: string, make: () => PagedList<any, any>) => PagedList<any, any>} */
const remember = remembering();

/** @template T, First */
class PagedList {
  items = signal(/** @type {T[]} */ ([]));
  first = signal(/** @type {First | undefined} */ (undefined));
  error = signal(/** @type {unknown} */ (undefined));
  done = signal(false);
  #load;
  #wanted = 0;
  /** @type {AbortController | undefined} */
  #running;
  /** @type {string | number | undefined} */
  #cursor;

  /** @param {LoadPage<T, First>} load */
  constructor(load) {
    this.#load = load;
  }

  /** How far it was looked at. */
  get wanted() {
    return this.#wanted;
  }

  /** Whether there is something to show as far as this index. @param {number} index */
  reaches(index) {
    return this.done.value || this.error.value !== undefined || this.items.value.length > index;
  }

  /** Sees to it that the item of this index is loaded, and some after it. @param {number} index */
  async need(index) {
    this.#wanted = Math.max(this.#wanted, index);
    if (this.#running || this.error.value) return;
    const running = new AbortController();
    this.#running = running;
    try {
      while (!this.done.value && this.items.value.length <= this.#wanted + AHEAD)
        await this.#loadNext(running.signal);
    } catch (error) {
      if (!running.signal.aborted) this.error.value = error;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** @param {AbortSignal} signal */
  async #loadNext(signal) {
    const { items, next, first } = await this.#load(this.#cursor, signal);
    signal.throwIfAborted();
    this.#cursor = next;
    this.items.value = this.items.value.length > 0 ? [...this.items.value, ...items] : items;
    if (first !== undefined) this.first.value ??= first;
    this.done.value = next === undefined;
  }

  /** Stops loading; it can be gone on with. */
  leave() {
    this.#running?.abort();
    this.#running = undefined;
    this.#wanted = 0;
    this.error.value = undefined;
  }
}

/**
 * The list for these inputs; another one once they, or the gallery, change. Where it is the gallery that has changed, the
 * list before is shown until the new one has come as far, so that nobody loses their place.
 * @template T, First
 * @param {LoadPage<T, First>} load
 * @param {unknown[]} inputs all that `load` depends on, as JSON can hold it
 */
export function usePages(load, inputs) {
  const [round, setRound] = useState(0);
  const key = JSON.stringify([inputs, revision.value, attempt.value, round]);
  const list = /** @type {PagedList<T, First>} */ (remember(key, () => new PagedList(load)));
  const { shown, wanted } = useUntilReached(list, JSON.stringify(inputs));
  useEffect(() => {
    list.need(wanted);
    return () => list.leave();
  }, [list]);
  const need = useCallback(
    (/** @type {number} */ _, /** @type {number} */ last) => void list.need(last),
    [list],
  );
  return {
    items: shown.items.value,
    first: shown.first.value,
    error: shown.error.value,
    done: shown.done.value,
    /** Of the items from one to another, by their indexes. */
    need,
    again: () => setRound(round + 1),
  };
}

/**
 * The list that was shown before for the same inputs, until this one reaches as far as that was looked at: `wanted`.
 * @template T, First
 * @param {PagedList<T, First>} list
 * @param {string} inputs
 */
function useUntilReached(list, inputs) {
  const before = useRef({ list, inputs, wanted: 0 });
  const { current } = before;
  const holds = current.inputs === inputs && !list.reaches(current.wanted);
  if (!holds) before.current = { list, inputs, wanted: 0 };
  else if (current.list !== list) current.wanted = Math.max(current.wanted, current.list.wanted);
  return { shown: before.current.list, wanted: before.current.wanted };
}
