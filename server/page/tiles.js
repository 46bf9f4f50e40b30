// @ts-check
/** Images of the gallery as tiles: links to a search with them, reached by one Tab and then the arrow keys. */
import { thumbnailUrl } from './api.js';
import { element } from './element.js';
import { nameOf, similarityInWords } from './words.js';

const THUMBNAIL_PX = 320;

/** An image of at most this aspect ratio may lose its edges to fill the square; a longer one is shown whole. */
const FILLS_SQUARE = 1.8;

/**
 * @param {HTMLElement} list
 * @param {import('./api.js').Item[]} items hits show their similarity
 */
export function showTiles(list, items) {
  list.replaceChildren(...items.map((item, i) => element('li', {}, tile(item, i))));
  list.removeAttribute('aria-busy');
}

/**
 * Grey tiles while an answer is on its way.
 * @param {HTMLElement} list
 * @param {number} count
 */
export function showEmptyTiles(list, count) {
  list.replaceChildren(
    ...Array.from({ length: count }, () => element('li', { class: 'ghost', 'aria-hidden': 'true' })),
  );
  list.setAttribute('aria-busy', 'true');
}

/**
 * Lets the arrow keys, Home and End move between the tiles of a list.
 * @param {HTMLElement} list
 */
export function moveByArrowKeys(list) {
  list.addEventListener('keydown', (event) => {
    const tiles = tilesOf(list);
    const from = tiles.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    const to = from < 0 ? undefined : targetOf(event.key, from, tiles);
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    focusTile(tiles, Math.min(Math.max(to, 0), tiles.length - 1));
  });
}

/** @param {HTMLElement} list */
export function focusFirstTile(list) {
  const tiles = tilesOf(list);
  if (tiles.length > 0) focusTile(tiles, 0);
}

/**
 * @param {import('./api.js').Item & { similarity?: number }} item
 * @param {number} i
 */
function tile(item, i) {
  const name = nameOf(item);
  const mat = element('span', { class: 'mat' }, picture(item.imageUrl));
  const link = element(
    'a',
    { class: 'tile', href: `?id=${encodeURIComponent(item.id)}`, title: item.id },
    mat,
  );
  link.dataset.id = item.id;
  link.draggable = false;
  link.tabIndex = i === 0 ? 0 : -1;
  link.append(element('span', { class: 'label' }, name));
  if (item.similarity === undefined) link.setAttribute('aria-label', `Search with ${name}`);
  else link.append(...similarityOf(item.similarity));
  return link;
}

/** @param {number} similarity */
function similarityOf(similarity) {
  const words = similarityInWords(similarity);
  const number = element(
    'span',
    { class: 'similarity' },
    element('span', { class: 'unseen' }, 'similarity '),
    words,
  );
  const bar = element('span', { class: 'bar', 'aria-hidden': 'true' });
  bar.style.setProperty('--similarity', String(Math.max(0, similarity)));
  return [number, bar];
}

/** @param {string} imageUrl */
function picture(imageUrl) {
  const image = element('img', { src: thumbnailUrl(imageUrl, THUMBNAIL_PX), alt: '', decoding: 'async' });
  image.draggable = false;
  image.addEventListener('load', () => image.classList.toggle('fill', fillsSquare(image)), { once: true });
  image.addEventListener('error', () => image.closest('.mat')?.classList.add('broken'), { once: true });
  return image;
}

/** @param {HTMLImageElement} image */
function fillsSquare({ naturalWidth, naturalHeight }) {
  return Math.max(naturalWidth / naturalHeight, naturalHeight / naturalWidth) <= FILLS_SQUARE;
}

/**
 * @param {HTMLElement} list
 * @returns {HTMLAnchorElement[]}
 */
function tilesOf(list) {
  return [...list.querySelectorAll('a')];
}

/**
 * Only the tile in focus is in the Tab order, so that Tab leaves the list at once.
 * @param {HTMLAnchorElement[]} tiles
 * @param {number} to
 */
function focusTile(tiles, to) {
  tiles.forEach((each, i) => {
    each.tabIndex = i === to ? 0 : -1;
  });
  tiles[to]?.focus();
}

/**
 * @param {string} key
 * @param {number} from
 * @param {HTMLAnchorElement[]} tiles
 */
function targetOf(key, from, tiles) {
  const columns = columnsOf(tiles);
  const below = from + columns < tiles.length ? from + columns : from;
  const above = from - columns >= 0 ? from - columns : from;
  /** @type {Record<string, number>} */
  const targets = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: above,
    ArrowDown: below,
    Home: 0,
    End: tiles.length - 1,
  };
  return targets[key];
}

/** @param {HTMLAnchorElement[]} tiles */
function columnsOf(tiles) {
  const top = tiles[0]?.offsetTop;
  const second = tiles.findIndex((each) => each.offsetTop !== top);
  return second < 0 ? tiles.length : second;
}
