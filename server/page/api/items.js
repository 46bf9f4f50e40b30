// @ts-check
/** Items of a gallery: read, page by page, uploaded, labelled and removed; and searches among them. */
import { call, callForBytes, galleryPath } from './client.js';

/**
 * @typedef {Record<string, unknown>} Metadata
 * @typedef {{ id: number, name: string | null, confidence: number }} ClusterOf
 * @typedef {{ id: string, label: string | null, metadata?: Metadata, sizeBytes?: number, imageUrl: string }} Item
 * @typedef {'match' | 'maybe' | 'no match'} Verdict
 * @typedef {Item & { similarity: number, match?: Verdict, cluster?: ClusterOf | null }} Hit
 * @typedef {{ decodeMs: number, queueMs: number, embedMs: number, searchMs: number, totalMs: number }} Timings
 * @typedef {{ results: Hit[], next?: number, total?: number, gallery: { name: string, size: number }, timings: Timings, cluster?: ClusterOf | null }} Answer
 * @typedef {{ items: Item[], total?: number }} ItemPage
 * @typedef {{ x: number, y: number, width: number, height: number }} Box in fractions of the upright image
 * @typedef {{ k: number, offset?: number, filter?: unknown, crop?: Box | undefined, exclude?: string[] }} SearchOptions
 * @typedef {{ id: string, file?: string, error?: { code: string, message: string } }} Outcome of one uploaded file
 */

const itemPath = (/** @type {string} */ gallery, /** @type {string} */ id) =>
  galleryPath(gallery, `/items/${encodeURIComponent(id)}`);

/** @param {string} gallery @param {string} id @param {AbortSignal} [signal] @returns {Promise<Item>} */
export const getItem = (gallery, id, signal) => call(itemPath(gallery, id), { signal });

/**
 * In order of id, `offset` of them passed over; with the total of those that the filter lets through.
 * @param {string} gallery
 * @param {{ filter?: unknown, offset: number, limit: number }} page
 * @param {AbortSignal} [signal]
 * @returns {Promise<ItemPage>}
 */
export function listItems(gallery, { filter, offset, limit }, signal) {
  const query = new URLSearchParams({ offset: String(offset), limit: String(limit) });
  if (filter) query.set('filter', JSON.stringify(filter));
  return call(galleryPath(gallery, `/items?${query}`), { signal });
}

/** @param {string} gallery @param {number} n @param {number} seed @returns {Promise<Item[]>} */
export const getExamples = async (gallery, n, seed) =>
  (await call(galleryPath(gallery, `/examples?n=${n}&seed=${seed}`))).examples;

/**
 * @param {string} gallery
 * @param {string} id
 * @param {SearchOptions} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export const searchByItem = (gallery, id, options, signal) =>
  call(galleryPath(gallery, '/search'), { json: { id, ...wanted(options) }, signal });

/**
 * @param {string} gallery
 * @param {Blob} image
 * @param {SearchOptions} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
export function searchByImage(gallery, image, options, signal) {
  const form = new FormData();
  for (const [name, value] of Object.entries(wanted(options))) {
    form.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
  form.set('image', image);
  return call(galleryPath(gallery, '/search'), { form, signal });
}

/** What is left out takes the server's default. @param {SearchOptions} options */
function wanted(options) {
  const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
  return { ...Object.fromEntries(given), include: ['metadata', 'cluster'] };
}

/** The image file itself. @param {string} imageUrl @param {AbortSignal} [signal] */
export const getImage = (imageUrl, signal) => callForBytes(imageUrl, signal);

/** @param {string} gallery @param {string[]} ids @param {{ label?: string | null, metadata?: Metadata }} change */
export const patchItems = (gallery, ids, change) =>
  call(galleryPath(gallery, '/items'), { method: 'PATCH', json: { ids, ...change } });

/** @param {string} gallery @param {string[]} ids */
export const removeItems = (gallery, ids) => call(galleryPath(gallery, '/items/remove'), { json: { ids } });

/**
 * Sends files as new items; each has an outcome of its own.
 * @param {string} gallery
 * @param {{ file: File, id: string, label: string | null }[]} entries
 * @param {AbortSignal} [signal]
 * @returns {Promise<Outcome[]>} in the order of the entries
 */
export async function uploadItems(gallery, entries, signal) {
  const form = new FormData();
  form.set('items', JSON.stringify(entries.map(({ id, label }) => ({ id, ...(label ? { label } : {}) }))));
  for (const { file } of entries) form.append('images', file, file.name);
  return (await call(galleryPath(gallery, '/items'), { form, signal })).outcomes;
}

/**
 * The item's image in a size that fits into `size` × `size` pixels.
 * @param {string} imageUrl
 * @param {number} size
 */
export const thumbnailUrl = (imageUrl, size) => `${imageUrl.replace('/image?', '/thumbnail?')}&size=${size}`;
