// @ts-check
/** Pictures on the map, once one has come close: one for each cell of the map, so that they never cover each other much. */
import { thumbnailUrl } from '../api/items.js';

const SIDE_PX = 64;
const CELL_PX = 78;
const FETCHED_PX = 96;
const REMEMBERED = 800;

/** From how close on there are pictures: many points are first seen as a cloud. @param {number} zoom @param {number} inSight points */
export const hasThumbnails = (zoom, inSight) => zoom >= 2.5 || inSight <= 200;

/**
 * One point a cell. Cells lie fast on the map and halve as one comes closer, so that pictures stay while the map is moved.
 * @param {readonly number[]} points in sight
 * @param {{ x: Float32Array, y: Float32Array }} places
 * @param {number} scale CSS pixels per unit
 * @returns {number[]}
 */
export function pickForCells(points, { x, y }, scale) {
  const cell = 2 ** Math.ceil(Math.log2(CELL_PX / scale));
  const picked = new Map();
  for (const i of points) {
    const key = `${Math.floor((x[i] ?? 0) / cell)},${Math.floor((y[i] ?? 0) / cell)}`;
    const known = picked.get(key);
    if (known === undefined || i < known) picked.set(key, i);
  }
  return [...picked.values()];
}

/** The pictures that were fetched; `onLoad` is told of each that has arrived. */
export class MapPictures {
  /** @type {Map<string, HTMLImageElement>} */
  #images = new Map();
  #onLoad;

  /** @param {() => void} onLoad */
  constructor(onLoad) {
    this.#onLoad = onLoad;
  }

  /** The picture, once it has arrived. @param {string} imageUrl */
  of(imageUrl) {
    const known = this.#images.get(imageUrl);
    if (known) return known.complete && known.naturalWidth > 0 ? known : undefined;
    const image = new Image();
    image.src = thumbnailUrl(imageUrl, FETCHED_PX);
    image.addEventListener('load', this.#onLoad, { once: true });
    this.#images.set(imageUrl, image);
    if (this.#images.size > REMEMBERED)
      this.#images.delete(/** @type {string} */ (this.#images.keys().next().value));
    return undefined;
  }
}

/**
 * @param {CanvasRenderingContext2D} context scaled to CSS pixels
 * @param {HTMLImageElement} image
 * @param {{ x: number, y: number }} at its middle
 * @param {string} colour of its frame
 */
export function drawThumbnail(context, image, at, colour) {
  const cut = Math.min(image.naturalWidth, image.naturalHeight);
  const [fromX, fromY] = [(image.naturalWidth - cut) / 2, (image.naturalHeight - cut) / 2];
  const [x, y] = [at.x - SIDE_PX / 2, at.y - SIDE_PX / 2];
  context.save();
  context.beginPath();
  context.roundRect(x, y, SIDE_PX, SIDE_PX, 8);
  context.fillStyle = '#fff';
  context.fill();
  context.clip();
  context.drawImage(image, fromX, fromY, cut, cut, x, y, SIDE_PX, SIDE_PX);
  context.restore();
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.beginPath();
  context.roundRect(x, y, SIDE_PX, SIDE_PX, 8);
  context.stroke();
}
