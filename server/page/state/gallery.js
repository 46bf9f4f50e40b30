// @ts-check
/** What is known of the galleries of this server, and of the one that is shown: size, models, labels, fields. */
import { computed, signal } from '@preact/signals';
import { getFields, getGalleries, getLabels } from '../api/galleries.js';
import { galleryName } from './route.js';

/** @typedef {import('../api/galleries.js').Gallery} Gallery */

/** Undefined until the server has answered. */
export const galleries = signal(/** @type {Gallery[] | undefined} */ (undefined));
export const labels = signal(/** @type {import('../api/galleries.js').LabelCount[]} */ ([]));
export const fields = signal(/** @type {import('../api/galleries.js').Field[]} */ ([]));
/** Why the galleries could not be listed. */
export const problem = signal(/** @type {unknown} */ (undefined));

/** The gallery that the address names. */
export const gallery = computed(() => galleries.value?.find(({ name }) => name === galleryName.value));

/** Rises whenever items, labels or models have changed, so that what was loaded before is loaded again. */
export const revision = signal(0);

/** To be called after every change of a gallery. */
export function galleryChanged() {
  revision.value += 1;
  return Promise.all([loadGalleries(), loadLabels()]);
}

let asked = 0;

export async function loadGalleries() {
  const number = ++asked;
  const [answer, error] = await getGalleries().then(
    (answer) => /** @type {const} */ ([answer, undefined]),
    (error) => /** @type {const} */ ([galleries.value, error]),
  );
  // An answer that was overtaken by a later one is of a moment long past.
  if (number !== asked) return;
  galleries.value = answer;
  problem.value = error;
}

let askedLabels = 0;

/** Labels and fields of the gallery that is shown. */
export async function loadLabels() {
  const name = galleryName.value;
  if (!name) return;
  const number = ++askedLabels;
  const [nextLabels, nextFields] = await Promise.all([getLabels(name), getFields(name)]).catch(() => [
    [],
    [],
  ]);
  if (number !== askedLabels || name !== galleryName.value) return;
  labels.value = nextLabels;
  fields.value = nextFields;
}
