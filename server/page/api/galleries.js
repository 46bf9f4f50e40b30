// @ts-check
/** Galleries, their models, labels and fields, as the server tells of them. */
import { call, galleryPath } from './client.js';

/**
 * @typedef {{ id: string, name: string, dim: number }} Model
 * @typedef {Model & { embedded: number, active: boolean }} GalleryModel a model whose embeddings the gallery holds
 * @typedef {{ name: string, author: string, licence: string, licenceUrl?: string, url: string }} Credit
 * @typedef {{
 *   name: string, size: number, title: string, notes: string | null, credits: Credit[], model: Model, models?: GalleryModel[],
 * }} Gallery
 * @typedef {{ label: string | null, count: number }} LabelCount
 * @typedef {string | number | boolean} Scalar
 * @typedef {{
 *   field: string, kind: 'text' | 'number' | 'boolean', items: number, distinct: number,
 *   values: { value: Scalar, count: number }[], range?: { min: string | number, max: string | number },
 * }} Field what filters can ask of the metadata; `values` are the most frequent ones
 */

/** @returns {Promise<Gallery[]>} */
export const getGalleries = async () => (await call('/v1/galleries')).galleries;

/** With its models. @param {string} name @returns {Promise<Gallery>} */
export const getGallery = (name) => call(galleryPath(name));

/** @param {string} name @param {string} model */
export const createGallery = (name, model) => call('/v1/galleries', { json: { name, model } });

/** @returns {Promise<Model[]>} */
export const getModels = async () => (await call('/v1/models')).data;

/** @param {string} gallery @param {string} model */
export const switchModel = (gallery, model) =>
  call(galleryPath(gallery, '/model'), { method: 'PUT', json: { model } });

/** @param {string} gallery @returns {Promise<LabelCount[]>} */
export const getLabels = async (gallery) => (await call(galleryPath(gallery, '/labels'))).labels;

/** @param {string} gallery @returns {Promise<Field[]>} */
export const getFields = async (gallery) => (await call(galleryPath(gallery, '/fields'))).fields;

/** How many items a filter lets through. @param {string} gallery @param {unknown} filter @param {AbortSignal} [signal] @returns {Promise<number>} */
export async function countItems(gallery, filter, signal) {
  const query = new URLSearchParams({ filter: JSON.stringify(filter) });
  /** @type {{ labels: LabelCount[] }} */
  const { labels } = await call(galleryPath(gallery, `/labels?${query}`), { signal });
  return labels.reduce((sum, { count }) => sum + count, 0);
}
