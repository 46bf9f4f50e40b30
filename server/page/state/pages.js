// @ts-check
/** A long list that is loaded page by page, as far as it is looked at; recent lists are remembered, so that Back is immediate. */
import { signal } from '@preact/signals';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { attempt } from '../api/client.js';
import { revision } from './gallery.js';

/**
 * @template T, First
 * @typedef {{ items: T[], next?: string | number | undefined, first?: First }} Page `first` tells of the list as a whole
 */
/**
 * @template T, First
 * @typedef {(cursor: string | number | undefined, signal: AbortSignal) => Promise<Page<T, First>>} LoadPage
 */

const REMEMBERED = 30;

/** How many items are loaded ahead of the last one in sight. */
const AHEAD = 60;

/** @type {Map<string, PagedList<any, any>>} */
const remembered = new Map();

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
 * The list for these inputs; another one once they, or the gallery, change.
 * @template T, First
 * @param {LoadPage<T, First>} load
 * @param {unknown[]} inputs all that `load` depends on, as JSON can hold it
 */
export function usePages(load, inputs) {
  const [round, setRound] = useState(0);
  const key = JSON.stringify([inputs, revision.value, attempt.value, round]);
  const list = /** @type {PagedList<T, First>} */ (remember(key, load));
  useEffect(() => {
    list.need(0);
    return () => list.leave();
  }, [list]);
  const need = useCallback((/** @type {number} */ index) => void list.need(index), [list]);
  return {
    items: list.items.value,
    first: list.first.value,
    error: list.error.value,
    done: list.done.value,
    need,
    again: () => setRound(round + 1),
  };
}

/**
 * @template T, First
 * @param {string} key
 * @param {LoadPage<T, First>} load
 */
function remember(key, load) {
  const list = remembered.get(key) ?? new PagedList(load);
  remembered.delete(key);
  remembered.set(key, list);
  if (remembered.size > REMEMBERED) remembered.delete(/** @type {string} */ (remembered.keys().next().value));
  return list;
}
