// @ts-check
/** Images that were brought to this page to search with, by their number in the address; gone when it is reloaded. */
import { galleryName, goTo, hrefHere } from '../state/route.js';
import { trailOn } from './trail.js';

/** @typedef {{ file: Blob, name: string, picture: string }} Upload `picture` is a blob's URL */

/** @type {Upload[]} */
const uploads = [];

/** @param {string | null} number as the address has it */
export const uploadOf = (number) => uploads[Number(number) - 1];

/** @param {Blob} file @param {string} name */
export function searchWith(file, name) {
  if (!galleryName.value) return;
  uploads.push({ file, name, picture: URL.createObjectURL(file) });
  goTo(hrefHere('search', { upload: uploads.length }), { trail: trailOn() });
}
