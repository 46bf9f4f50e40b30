// @ts-check
/**
 * Where the page is: the start, an item or an uploaded image, kept in the browser's history so that Back works.
 * Knows nothing of how a place is shown.
 */

/**
 * @typedef {import('./query-view.js').Shown} Shown
 * @typedef {{ kind: 'start' } | { kind: 'item', id: string } | { kind: 'upload', number: number }} Place
 * @typedef {{ trail: Shown[], k: number }} Memory what the history remembers with a place
 */

const FIRST_K = 24;
const LONGEST_TRAIL = 24;

/** @returns {Place} */
export function here() {
  const query = new URLSearchParams(location.search);
  const id = query.get('id');
  const upload = query.get('upload');
  if (id) return { kind: 'item', id };
  return upload ? { kind: 'upload', number: Number(upload) } : { kind: 'start' };
}

/** @returns {Memory} */
export function memory() {
  return history.state ?? { trail: [], k: FIRST_K };
}

/**
 * @param {Place} place
 * @param {Shown | undefined} from the query that is left behind
 */
export function goTo(place, from) {
  const trail = from ? [...memory().trail, from].slice(-LONGEST_TRAIL) : [];
  history.pushState({ trail, k: FIRST_K }, '', hrefOf(place));
}

/** @param {number} k */
export function rememberK(k) {
  history.replaceState({ ...memory(), k }, '');
}

/** @param {Place} place */
export function hrefOf(place) {
  if (place.kind === 'item') return `?id=${encodeURIComponent(place.id)}`;
  return place.kind === 'upload' ? `?upload=${place.number}` : '/';
}
