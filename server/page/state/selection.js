// @ts-check
/** The items that the user has selected, whatever view they were selected in. */
import { computed, signal } from '@preact/signals';

/** @typedef {Pick<import('../api/items.js').Item, 'id' | 'label' | 'imageUrl'>} Picked */

/** By id. @type {import('@preact/signals').Signal<ReadonlyMap<string, Picked>>} */
export const selection = signal(new Map());

export const selectedCount = computed(() => selection.value.size);

/**
 * Loads the items of a range, by their indexes; resolves to the list.
 * @typedef {(first: number, last: number) => Promise<(Picked | undefined)[]>} Fill
 */

/** The id of the item that was picked last without Shift: a range begins there. */
let anchor = '';

export function clearSelection() {
  selection.value = new Map();
}

/**
 * Turns one item on or off, or with `extend` all from the last one on to this one on, those too that `fill` has to load.
 * @param {(Picked | undefined)[]} items
 * @param {number} index
 * @param {boolean} extend
 * @param {Fill} [fill]
 */
export async function pick(items, index, extend, fill) {
  const begin = extend ? items.findIndex((item) => item?.id === anchor) : index;
  const [from, to] = begin === -1 ? [index, index] : [Math.min(begin, index), Math.max(begin, index)];
  const isLoaded = !items.slice(from, to + 1).includes(undefined);
  const range = (isLoaded || !fill ? items : await fill(from, to)).slice(from, to + 1);
  const next = new Map(selection.value);
  for (const item of range) {
    if (!item) continue;
    if (!extend && next.has(item.id)) next.delete(item.id);
    else next.set(item.id, item);
  }
  if (!extend) anchor = items[index]?.id ?? anchor;
  selection.value = next;
}

/** @param {string[]} ids */
export function deselect(ids) {
  const gone = new Set(ids);
  selection.value = new Map([...selection.value].filter(([id]) => !gone.has(id)));
}
