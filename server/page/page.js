// @ts-check
/** The page: shows the place that the address names, and goes to another one when the user asks. */
import { showAbout } from './about-view.js';
import { getAbout, getExamples, getItem, searchByImage, searchByItem } from './api.js';
import { byId, element } from './element.js';
import { takeImages } from './intake.js';
import { goTo, here, hrefOf, memory, rememberK } from './places.js';
import { shownItem, showQuery } from './query-view.js';
import { focusFirstTile, moveByArrowKeys, showEmptyTiles, showTiles } from './tiles.js';
import { counted, milliseconds, nameOf, problemInWords } from './words.js';

/**
 * @typedef {import('./query-view.js').Shown} Shown
 * @typedef {{ query: Shown, answer: import('./api.js').Answer }} Found
 */

const EXAMPLES = 12;
const MOST_NEIGHBOURS = 192;
/** Shorter waits show nothing, so that fast answers do not flicker. */
const PATIENCE_MS = 150;
const REMEMBERED_ANSWERS = 50;

/** Images that were brought to this page, by their number in the address; gone when it is reloaded. @type {File[]} */
const uploads = [];
/** Answers by address and k, so that Back is immediate. @type {Map<string, Found>} */
const answers = new Map();
/** @type {Shown | undefined} */
let current;
let running = new AbortController();
let seed = 1;

/** Shows the place that the address names. */
async function show() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const place = here();
  if (place.kind === 'start') return showStart('');
  if (place.kind === 'upload' && !uploads[place.number - 1]) {
    return showStart('That image was only in the memory of this page. Please choose it again.');
  }
  const waiting = setTimeout(showWaiting, PATIENCE_MS);
  try {
    const found = await find(place, memory().k, signal);
    if (!signal.aborted) showFound(found);
  } catch (error) {
    if (!signal.aborted) showProblem(error);
  } finally {
    clearTimeout(waiting);
  }
}

/**
 * @param {Exclude<import('./places.js').Place, { kind: 'start' }>} place
 * @param {number} k
 * @param {AbortSignal} signal
 * @returns {Promise<Found>}
 */
async function find(place, k, signal) {
  const key = `${hrefOf(place)} ${k}`;
  const known = answers.get(key);
  if (known) return known;
  const found =
    place.kind === 'item'
      ? await findByItem(place.id, k, signal)
      : await findByUpload(place.number, k, signal);
  answers.set(key, found);
  if (answers.size > REMEMBERED_ANSWERS) answers.delete(answers.keys().next().value ?? '');
  return found;
}

/**
 * @param {string} id
 * @param {number} k
 * @param {AbortSignal} signal
 */
async function findByItem(id, k, signal) {
  const [item, answer] = await Promise.all([getItem(id, signal), searchByItem(id, k, signal)]);
  return { query: shownItem(item, nameOf(item), hrefOf({ kind: 'item', id })), answer };
}

/**
 * @param {number} number
 * @param {number} k
 * @param {AbortSignal} signal
 */
async function findByUpload(number, k, signal) {
  const file = /** @type {File} */ (uploads[number - 1]);
  const answer = await searchByImage(file, k, signal);
  const image = URL.createObjectURL(file);
  const query = {
    href: hrefOf({ kind: 'upload', number }),
    name: file.name || 'Pasted image',
    image,
    small: image,
  };
  return { query, answer };
}

/** @param {string} notice */
function showStart(notice) {
  current = undefined;
  byId('notice').textContent = notice;
  byId('notice').hidden = notice === '';
  showOnly('start');
  if (byId('examples').children.length === 0) showExamples();
}

function showWaiting() {
  byId('status').textContent = 'Searching …';
  byId('query').replaceChildren(element('div', { class: 'ghost' }));
  showEmptyTiles(byId('grid'), memory().k);
  byId('more').hidden = true;
  showOnly('answer');
}

/** @param {Found} found */
function showFound({ query, answer }) {
  const { results, gallery, timings } = answer;
  const grid = byId('grid');
  const byKeyboard = grid.contains(document.activeElement);
  current = query;
  showQuery(byId('query'), query, timings, memory().trail);
  showTiles(grid, results);
  byId('status').textContent = results.length
    ? `${counted(results.length, 'image', 'images')} of ${gallery.size.toLocaleString('en')} in ${milliseconds(timings.totalMs)}`
    : 'The gallery has no other image to compare with.';
  byId('more').hidden = results.length < memory().k || memory().k >= MOST_NEIGHBOURS;
  showOnly('answer');
  if (byKeyboard) focusFirstTile(grid);
}

/** @param {unknown} error */
function showProblem(error) {
  const { title, text, detail, passing } = problemInWords(error);
  current = undefined;
  byId('problem-title').textContent = title;
  byId('problem-text').textContent = text;
  byId('problem-detail').textContent = detail;
  byId('retry').hidden = !passing;
  showOnly('problem');
}

/** @param {'start' | 'answer' | 'problem'} id */
function showOnly(id) {
  for (const each of ['start', 'answer', 'problem']) byId(each).hidden = each !== id;
  byId('top-choose').hidden = id === 'start';
}

async function showExamples() {
  const list = byId('examples');
  showEmptyTiles(list, EXAMPLES);
  try {
    showTiles(list, (await getExamples(EXAMPLES, seed)).examples);
  } catch (error) {
    showProblem(error);
  }
}

/** @param {import('./places.js').Place} place */
function visit(place) {
  goTo(place, current);
  scrollTo(0, 0);
  show();
}

/** @param {File} file */
function searchWith(file) {
  uploads.push(file);
  visit({ kind: 'upload', number: uploads.length });
}

/**
 * Links that the page follows itself, unless the user asks for another tab.
 * @param {MouseEvent} event
 */
function followLink(event) {
  const link = /** @type {Element} */ (event.target).closest('a');
  if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const { id, back } = link.dataset;
  if (!id && !back && link.id !== 'home') return;
  event.preventDefault();
  if (back) history.go(-Number(back));
  else visit(id ? { kind: 'item', id } : { kind: 'start' });
}

takeImages(searchWith);
moveByArrowKeys(byId('grid'));
moveByArrowKeys(byId('examples'));
addEventListener('popstate', show);
document.addEventListener('click', followLink);
byId('retry').addEventListener('click', show);
byId('shuffle').addEventListener('click', () => {
  seed += 1;
  showExamples();
});
byId('more').addEventListener('click', () => {
  rememberK(Math.min(memory().k * 2, MOST_NEIGHBOURS));
  show();
});
getAbout().then(showAbout, showProblem);
show();
