// @ts-check
/**
 * A long list of known length of which only the blocks that are looked at are loaded, wherever they lie. While the gallery
 * changes, what was loaded stays until it is loaded anew; recent lists are remembered, so that Back is immediate.
 */
import { signal } from '@preact/signals';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { attempt } from '../api/client.js';
import { revision } from './gallery.js';
import { remembering } from './remembered.js';

/**
 * @template T, First
 * @typedef {{ items: T[], total: number, first: First }} Block `first` tells of the list as a whole, as does `total`
 */
/**
 * @template T, First
 * @typedef {(place: { offset: number, limit: number }, signal: AbortSignal) => Promise<Block<T, First>>} LoadBlock
 */

const BLOCK = 200;

/** How many items are loaded ahead of those in sight, on either side. */
const AHEAD = 60;

/** @type {(key: string, make: () => BlockList<any, any>) => BlockList<any, any>} */
const remember = remembering();

/** @template T, First */
class BlockList {
  /** Undefined for what was not looked at yet. */
  items = signal(/** @type {(T | undefined)[]} */ ([]));
  first = signal(/** @type {First | undefined} */ (undefined));
  error = signal(/** @type {unknown} */ (undefined));
  #load;
  /** Numbers of blocks that are as the server has them. @type {Set<number>} */
  #fresh = new Set();
  #state = '';
  #sight = { first: 0, last: 0 };
  /** @type {AbortController | undefined} */
  #running;

  /** @param {LoadBlock<T, First>} load */
  constructor(load) {
    this.#load = load;
  }

  /** What was loaded in another state than this one is stale; what is in sight is loaded anew. @param {string} state */
  follow(state) {
    if (state !== this.#state) {
      this.leave();
      this.#state = state;
      this.#fresh = new Set();
    }
    this.need(this.#sight.first, this.#sight.last);
  }

  /** Sees to it that these items are loaded, and some around them. @param {number} first @param {number} last */
  async need(first, last) {
    this.#sight = { first, last };
    if (this.#running || this.error.value) return;
    const running = new AbortController();
    this.#running = running;
    try {
      for (let next = this.#nextBlock(); next !== undefined; next = this.#nextBlock())
        await this.#loadBlock(next, running.signal);
    } catch (error) {
      if (!running.signal.aborted) this.error.value = error;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** Loads all of a range, however long. @param {number} first @param {number} last @returns {Promise<(T | undefined)[]>} all items */
  async fill(first, last) {
    const { signal } = new AbortController();
    for (let block = blockOf(first); block <= blockOf(last); block++)
      if (!this.#fresh.has(block)) await this.#loadBlock(block, signal);
    return this.items.value;
  }

  /** Stops loading; it can be gone on with. */
  leave() {
    this.#running?.abort();
    this.#running = undefined;
    this.error.value = undefined;
  }

  /** What is in sight comes before what is around it. */
  #nextBlock() {
    const { first, last } = this.#sight;
    const end = this.first.value === undefined ? 1 : this.items.value.length;
    const missing = (/** @type {number} */ from, /** @type {number} */ to) => {
      const [low, high] = [blockOf(Math.max(0, from)), blockOf(Math.min(to, end - 1))];
      for (let block = low; block <= high; block++) if (!this.#fresh.has(block)) return block;
      return undefined;
    };
    return missing(first, last) ?? missing(first - AHEAD, last + AHEAD);
  }

  /** @param {number} block @param {AbortSignal} signal */
  async #loadBlock(block, signal) {
    const state = this.#state;
    const offset = block * BLOCK;
    const { items, total, first } = await this.#load({ offset, limit: BLOCK }, signal);
    signal.throwIfAborted();
    this.items.value = withBlock(this.items.value, total, offset, items);
    this.first.value = first;
    if (state === this.#state) this.#fresh.add(block);
  }
}

/**
 * @template T
 * @param {(T | undefined)[]} known
 * @param {number} total
 * @param {number} offset
 * @param {T[]} items
 */
function withBlock(known, total, offset, items) {
  // Filled, so that the engine keeps it as an array however little of it is there.
  const next = known.length === total ? [...known] : new Array(total).fill(undefined);
  if (known.length !== total) for (let i = 0; i < Math.min(total, known.length); i++) next[i] = known[i];
  for (const [i, item] of items.entries()) next[offset + i] = item;
  return next;
}

/** @param {number} index */
const blockOf = (index) => Math.floor(index / BLOCK);

/**
 * The list for these inputs; another one once they change.
 * @template T, First
 * @param {LoadBlock<T, First>} load
 * @param {unknown[]} inputs all that `load` depends on, as JSON can hold it
 */
export function useBlocks(load, inputs) {
  const [round, setRound] = useState(0);
  const list = /** @type {BlockList<T, First>} */ (
    remember(JSON.stringify(inputs), () => new BlockList(load))
  );
  const state = JSON.stringify([revision.value, attempt.value, round]);
  useEffect(() => {
    list.follow(state);
    return () => list.leave();
  }, [list, state]);
  return {
    items: list.items.value,
    first: list.first.value,
    error: list.error.value,
    need: useCallback(
      (/** @type {number} */ first, /** @type {number} */ last) => void list.need(first, last),
      [list],
    ),
    fill: useCallback(
      (/** @type {number} */ first, /** @type {number} */ last) => list.fill(first, last),
      [list],
    ),
    again: () => setRound(round + 1),
  };
}
