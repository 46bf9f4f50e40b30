// @ts-check
/** A picture of the gallery on a mat: it fills its square where little is lost, and says so where it cannot be shown. */
import { h } from 'preact';
import { useState } from 'preact/hooks';
import { thumbnailUrl } from '../api/items.js';

/** Sizes that are asked for, in pixels, so that few different ones have to be made. */
const SIZES = [96, 192, 320, 640, 1024];

/** An image of at most this aspect ratio may lose its edges to fill the square; a longer one is shown whole. */
const FILLS_SQUARE = 1.8;

/**
 * @param {{ imageUrl: string, px: number, alt?: string, whole?: boolean }} props `px`: its side on the page, in CSS pixels
 */
export function Picture({ imageUrl, px, alt = '', whole = false }) {
  const [state, setState] = useState(/** @type {'' | 'fill' | 'broken'} */ (''));
  const onLoad = (/** @type {Event} */ event) => {
    const { naturalWidth: width, naturalHeight: height } = /** @type {HTMLImageElement} */ (event.target);
    if (!whole && Math.max(width / height, height / width) <= FILLS_SQUARE) setState('fill');
  };
  const src = thumbnailUrl(imageUrl, thumbnailPx(px));
  const image = { src, alt, onLoad, onError: () => setState('broken'), decoding: 'async', draggable: false };
  return h('span', { class: `mat ${state}` }, h('img', image));
}

/** The size to ask for. @param {number} px on the page, in CSS pixels */
export const thumbnailPx = (px) => SIZES.find((size) => size >= px * Math.min(devicePixelRatio, 2)) ?? 1024;
