// @ts-check
/** The query that the address names, an item of the gallery or an image brought to this page, and its neighbours. */
import { getImage, getItem, searchByImage, searchByItem, thumbnailUrl } from '../api/items.js';
import { nameOf } from '../words.js';
import { uploadOf } from './uploads.js';

/**
 * @typedef {import('../api/items.js').Item} Item
 * @typedef {import('../api/items.js').Box} Box
 * @typedef {{ kind: 'item', id: string, item: Item, name: string, picture: string, small: string }} ItemQuery
 * @typedef {{ kind: 'upload', number: string, file: Blob, name: string, picture: string, small: string }} UploadQuery
 * @typedef {ItemQuery | UploadQuery} Query
 * @typedef {{ timings: import('../api/items.js').Timings, size: number, cluster?: import('../api/items.js').ClusterOf | null | undefined }} Found
 */

const QUERY_PX = 1024;
const STEP_PX = 96;

/** The first page is long enough to draw how similarities are spread. */
const PAGE = 120;
const MOST = 1000;

/** Undefined for the start page; throws where the image is gone. @param {string} gallery @param {URLSearchParams} params @param {AbortSignal} signal @returns {Promise<Query | undefined>} */
export async function loadQuery(gallery, params, signal) {
  const id = params.get('id');
  const number = params.get('upload');
  if (id !== null) {
    const item = await getItem(gallery, id, signal);
    const [picture, small] = [QUERY_PX, STEP_PX].map((px) => thumbnailUrl(item.imageUrl, px));
    return { kind: 'item', id, item, name: nameOf(item), picture: picture ?? '', small: small ?? '' };
  }
  const upload = uploadOf(number);
  return number && upload ? { kind: 'upload', number, ...upload, small: upload.picture } : undefined;
}

/**
 * One page of neighbours; `offset` is how many there were before it.
 * @param {string} gallery
 * @param {{ query: Query, filter: unknown, crop: Box | undefined }} search
 * @param {number} offset
 * @param {AbortSignal} signal
 * @returns {Promise<import('../state/pages.js').Page<import('../api/items.js').Hit, Found>>}
 */
export async function findNeighbours(gallery, { query, filter, crop }, offset, signal) {
  const options = { k: PAGE, ...(offset > 0 ? { offset } : {}), filter };
  const {
    results,
    next,
    timings,
    cluster,
    gallery: searched,
  } = await answerTo(gallery, query, options, crop, signal);
  const isLast = next === undefined || next >= MOST;
  return {
    items: results,
    next: isLast ? undefined : next,
    first: { timings, size: searched.size, cluster },
  };
}

/**
 * A part of an item has no embedding yet: its image is sent back as a query, and the item left out as always.
 * @param {string} gallery
 * @param {Query} query
 * @param {import('../api/items.js').SearchOptions} options
 * @param {Box | undefined} crop
 * @param {AbortSignal} signal
 */
async function answerTo(gallery, query, options, crop, signal) {
  if (query.kind === 'upload') return searchByImage(gallery, query.file, { ...options, crop }, signal);
  if (!crop) return searchByItem(gallery, query.id, options, signal);
  const image = await getImage(query.item.imageUrl, signal);
  return searchByImage(gallery, image, { ...options, crop, exclude: [query.id] }, signal);
}

/** @param {string | null} text as the address has it: x,y,width,height @returns {Box | undefined} */
export function boxOf(text) {
  const [x, y, width, height] = (text ?? '').split(',').map(Number);
  const isBox = [x, y, width, height].every((number) => number !== undefined && number >= 0 && number <= 1);
  return isBox && width && height ? /** @type {Box} */ ({ x, y, width, height }) : undefined;
}

/** @param {Box} box */
export const boxInAddress = ({ x, y, width, height }) =>
  [x, y, width, height].map((part) => part.toFixed(4)).join(',');
