// @ts-check
/** The server's answers as the page uses them. Knows nothing of how they are shown. */

/**
 * @typedef {{ id: string, label: string | null, imageUrl: string }} Item
 * @typedef {Item & { similarity: number }} Hit
 * @typedef {{ decodeMs: number, queueMs: number, embedMs: number, searchMs: number, totalMs: number }} Timings
 * @typedef {{ results: Hit[], gallery: { name: string, size: number }, timings: Timings }} Answer
 * @typedef {{ name: string, author: string, licence: string, licenceUrl?: string, url: string }} Credit
 * @typedef {{
 *   title: string, notes: string | null, credits: Credit[],
 *   model: { name: string, dim: number }, gallery: { name: string, size: number },
 * }} About
 */

/** What the server refused, by its code; `offline` where it could not be reached. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {string} [requestId]
   */
  constructor(code, message, requestId) {
    super(message);
    this.code = code;
    this.requestId = requestId;
  }
}

/**
 * The gallery that the page shows: the first one.
 * @returns {Promise<About>}
 */
export async function getAbout() {
  const { galleries } = await call('/v1/galleries');
  const [{ title, notes, credits, model, ...gallery }] = galleries;
  return { title, notes, credits, model, gallery };
}

/** @type {Promise<string> | undefined} */
let known;

/** @param {string} path */
async function inGallery(path) {
  known ??= getAbout().then(({ gallery }) => `/v1/galleries/${gallery.name}`);
  known.catch(() => {
    known = undefined;
  });
  return (await known) + path;
}

/**
 * @param {number} n
 * @param {number} seed
 * @returns {Promise<{ examples: Item[] }>}
 */
export const getExamples = async (n, seed) => call(await inGallery(`/examples?n=${n}&seed=${seed}`));

/**
 * @param {string} id
 * @param {AbortSignal} signal
 * @returns {Promise<Item>}
 */
export const getItem = async (id, signal) =>
  call(await inGallery(`/items/${encodeURIComponent(id)}`), { signal });

/**
 * @param {string} id
 * @param {number} k
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function searchByItem(id, k, signal) {
  const headers = { 'Content-Type': 'application/json' };
  return call(await inGallery('/search'), {
    method: 'POST',
    headers,
    body: JSON.stringify({ id, k }),
    signal,
  });
}

/**
 * @param {Blob} image
 * @param {number} k
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function searchByImage(image, k, signal) {
  const body = new FormData();
  body.set('k', String(k));
  body.set('image', image);
  return call(await inGallery('/search'), { method: 'POST', body, signal });
}

/**
 * The item's image in a size that fits into `size` × `size` pixels.
 * @param {string} imageUrl
 * @param {number} size
 */
export const thumbnailUrl = (imageUrl, size) => `${imageUrl.replace('/image?', '/thumbnail?')}&size=${size}`;

/**
 * @param {string} url
 * @param {RequestInit} [init]
 */
async function call(url, init) {
  const response = await fetch(url, init).catch((error) => {
    throw init?.signal?.aborted ? error : new ApiError('offline', 'The server did not answer.');
  });
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const { code = 'internal', message = response.statusText, requestId } = body.error ?? {};
  throw new ApiError(code, message, requestId);
}
