// @ts-check
/** The items that the user has selected, whatever view they were selected in, and what is done to them. */
import { computed, signal } from '@preact/signals';
import { patchItems, removeItems } from '../api/items.js';
import { counted } from '../words.js';
import { galleryChanged } from './gallery.js';
import { say } from './notice.js';
import { galleryName } from './route.js';

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

/** Labels items, and offers to give them their old labels back. @param {Picked[]} items @param {string | null} label */
export async function labelItems(items, label) {
  const name = galleryName.value;
  await patchItems(
    name,
    items.map(({ id }) => id),
    { label },
  );
  await galleryChanged();
  const what = label === null ? 'no label' : `the label “${label}”`;
  say(`${counted(items.length, 'image has', 'images have')} ${what} now.`, {
    name: 'Undo',
    act: () => restoreLabels(name, items),
  });
}

/** @param {string} gallery @param {Picked[]} items as they were */
async function restoreLabels(gallery, items) {
  for (const label of new Set(items.map((item) => item.label))) {
    const ids = items.filter((item) => item.label === label).map(({ id }) => id);
    await patchItems(gallery, ids, { label });
  }
  await galleryChanged();
  say('The old labels are back.');
}

/** @param {string[]} ids */
export async function removeFromGallery(ids) {
  await removeItems(galleryName.value, ids);
  selection.value = new Map([...selection.value].filter(([id]) => !ids.includes(id)));
  await galleryChanged();
  say(`${counted(ids.length, 'image was', 'images were')} removed from the gallery.`);
}
