// @ts-check
/** Clusters of a gallery, its near duplicates and its map, as the server tells of them. */
import { call, galleryPath } from './client.js';

/**
 * @typedef {import('./items.js').Item} Item
 * @typedef {Pick<Item, 'id' | 'label' | 'imageUrl'>} Example
 * @typedef {{ label: string, votes: number, labelled: number }} Suggestion
 * @typedef {{ id: number, name: string | null, similarity: number }} Near
 * @typedef {{
 *   id: number, name: string | null, size: number, cohesion: number, isMerged: boolean, medoid: Example | null,
 *   examples: Example[], nearest: Near[], suggestion: Suggestion | null,
 * }} Cluster
 * @typedef {{ method: { name: string }, createdAt: string, items: number, noise: number, clusters: number }} Clustering
 * @typedef {{ group: number, cohesion: number, items: Item[] }} Group copies of an image, the largest file first
 * @typedef {{
 *   ids: string[], x: number[], y: number[], labelNames: string[], labels: number[], clusterIds: number[], clusters: number[],
 * }} GalleryMap in columns: one entry for each item; `labels` and `clusters` are numbers of names and ids, -1 for none
 */

const EXAMPLES = 9;

/**
 * @param {string} gallery
 * @param {{ offset: number, limit: number }} page
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ clustering: Clustering | null, clusters: Cluster[], next?: number }>}
 */
export const listClusters = (gallery, { offset, limit }, signal) =>
  call(galleryPath(gallery, `/clusters?offset=${offset}&limit=${limit}&examples=${EXAMPLES}`), { signal });

/**
 * @param {string} gallery
 * @param {string} id
 * @param {{ offset: number, limit: number }} page
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ cluster: Cluster, members: (Item & { confidence: number })[], next?: number }>}
 */
export const getCluster = (gallery, id, { offset, limit }, signal) =>
  call(galleryPath(gallery, `/clusters/${encodeURIComponent(id)}?offset=${offset}&limit=${limit}`), {
    signal,
  });

/** @param {string} gallery @param {number} id @param {string | null} name */
export const nameCluster = (gallery, id, name) =>
  call(galleryPath(gallery, `/clusters/${id}`), { method: 'PATCH', json: { name } });

/** @param {string} gallery @param {number} id @param {string | null} label @param {boolean} unlabelledOnly @returns {Promise<{ changed: number }>} */
export const labelCluster = (gallery, id, label, unlabelledOnly) =>
  call(galleryPath(gallery, `/clusters/${id}/label`), { json: { label, unlabelledOnly } });

/** @param {string} gallery @param {number} into @param {number[]} from */
export const mergeClusters = (gallery, into, from) =>
  call(galleryPath(gallery, '/clusters/merge'), { json: { into, from } });

/**
 * @param {string} gallery
 * @param {{ offset: number, limit: number }} page
 * @param {AbortSignal} [signal]
 * @returns {Promise<{ search: object | null, total: number, groups: Group[], next?: number }>}
 */
export const listDuplicates = (gallery, { offset, limit }, signal) =>
  call(galleryPath(gallery, `/duplicates?offset=${offset}&limit=${limit}`), { signal });

/** @param {string} gallery @param {AbortSignal} [signal] @returns {Promise<GalleryMap>} */
export const getMap = (gallery, signal) => call(galleryPath(gallery, '/map'), { signal });
