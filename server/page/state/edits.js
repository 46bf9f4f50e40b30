// @ts-check
/** What is done to items: labelled, described, removed; with a way back where there is one. */
import { patchItems, removeItems } from '../api/items.js';
import { counted } from '../words.js';
import { galleryChanged } from './gallery.js';
import { metadataPatch } from './metadata-patch.js';
import { say } from './notice.js';
import { galleryName } from './route.js';
import { deselect } from './selection.js';

/**
 * @typedef {import('../api/items.js').Item} Item
 * @typedef {import('../api/items.js').Metadata} Metadata
 * @typedef {import('./selection.js').Picked} Picked
 */

/** Items that one request names. */
const AT_ONCE = 2000;

/** Labels items, and offers to give them their old labels back. @param {Picked[]} items @param {string | null} label */
export async function labelItems(items, label) {
  const name = galleryName.value;
  for (const ids of idsOf(items)) await patchItems(name, ids, { label });
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
    for (const ids of idsOf(items.filter((item) => item.label === label)))
      await patchItems(gallery, ids, { label });
  }
  await galleryChanged();
  say('The old labels are back.');
}

/** Gives an item other metadata, and offers to give it back what it had. @param {Item} item @param {Metadata} next */
export async function describeItem({ id, metadata = {} }, next) {
  const name = galleryName.value;
  await patchItems(name, [id], { metadata: metadataPatch(metadata, next) });
  await galleryChanged();
  const restore = async () => {
    await patchItems(name, [id], { metadata: metadataPatch(next, metadata) });
    await galleryChanged();
    say('The old details are back.');
  };
  say('The details are saved.', { name: 'Undo', act: restore });
}

/** @param {string[]} ids */
export async function removeFromGallery(ids) {
  for (const some of inParts(ids)) await removeItems(galleryName.value, some);
  deselect(ids);
  await galleryChanged();
  say(`${counted(ids.length, 'image was', 'images were')} removed from the gallery.`);
}

/** @param {Picked[]} items */
const idsOf = (items) => inParts(items.map(({ id }) => id));

/** @param {string[]} ids */
const inParts = (ids) =>
  Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, i) =>
    ids.slice(i * AT_ONCE, (i + 1) * AT_ONCE),
  );
