// @ts-check
/** The query beside its neighbours: its image, where it took its time, and the trail of queries that led to it. */
import { thumbnailUrl } from './api.js';
import { element } from './element.js';
import { milliseconds } from './words.js';

/**
 * A query as the page shows it; `href` is its place in the page's history.
 * @typedef {{ href: string, name: string, image: string, small: string }} Shown
 */

const QUERY_PX = 640;
const TRAIL_PX = 96;

/** The parts of a search in the order in which they happen. */
const STAGES = /** @type {const} */ ([
  ['decodeMs', 'decode'],
  ['queueMs', 'wait'],
  ['embedMs', 'embed'],
  ['searchMs', 'search'],
]);

/**
 * @param {import('./api.js').Item} item
 * @param {string} name
 * @param {string} href
 * @returns {Shown}
 */
export function shownItem({ imageUrl }, name, href) {
  return { href, name, image: thumbnailUrl(imageUrl, QUERY_PX), small: thumbnailUrl(imageUrl, TRAIL_PX) };
}

/**
 * @param {HTMLElement} panel
 * @param {Shown} query
 * @param {import('./api.js').Timings} timings
 * @param {Shown[]} trail the queries before this one, first to last
 */
export function showQuery(panel, query, timings, trail) {
  const image = element('img', { src: query.image, alt: query.name });
  const caption = element('figcaption', {}, element('span', { class: 'over' }, 'Query'), query.name);
  const mat = element('div', { class: 'mat' }, image);
  image.addEventListener('error', () => mat.classList.add('broken'), { once: true });
  const figure = element('figure', {}, mat, caption);
  panel.replaceChildren(figure, timingsOf(timings));
  if (trail.length > 0) panel.append(trailOf(trail));
}

/** @param {import('./api.js').Timings} timings */
function timingsOf(timings) {
  const bar = element('div', { class: 'time-bar', 'aria-hidden': 'true' });
  const list = element('dl', { class: 'times' });
  for (const [key, name] of STAGES) {
    if (timings[key] === 0) continue;
    const part = element('span', { class: name });
    part.style.flexGrow = String(timings[key]);
    bar.append(part);
    list.append(timeOf(name, timings[key]));
  }
  list.append(timeOf('in all', timings.totalMs));
  return element('div', { class: 'timings' }, bar, list);
}

/**
 * @param {string} name
 * @param {number} ms
 */
function timeOf(name, ms) {
  return element('div', { class: name }, element('dt', {}, name), element('dd', {}, milliseconds(ms)));
}

/** @param {Shown[]} trail */
function trailOf(trail) {
  const steps = trail.map(({ href, name, small }, i) => {
    const link = element('a', { href, title: `Back to ${name}`, 'aria-label': `Back to ${name}` });
    link.dataset.back = String(trail.length - i);
    const image = element('img', { src: small, alt: '' });
    image.addEventListener('error', () => link.classList.add('broken'), { once: true });
    link.append(image);
    return element('li', {}, link);
  });
  const list = element('ol', { class: 'trail' }, ...steps);
  return element('nav', { 'aria-label': 'The way here' }, element('h2', {}, 'The way here'), list);
}
