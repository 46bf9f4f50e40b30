// @ts-check
/** Search: the query at the side, its neighbours beside it; without a query, where an image may come from. */
import { h } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { filterOf } from '../filter/conditions.js';
import { chosenConditions, FilterBar } from '../filter/filter-bar.js';
import { Problem } from '../frame/problem.js';
import { ItemGrid } from '../grid/item-tile.js';
import { ViewOptions } from '../grid/view-options.js';
import { revision } from '../state/gallery.js';
import { useLoaded } from '../state/loaded.js';
import { usePages } from '../state/pages.js';
import { galleryName, goTo, hrefHere, route } from '../state/route.js';
import { counted, figure, milliseconds } from '../words.js';
import { IntakeButtons } from './intake.js';
import { boxOf, findNeighbours, loadQuery } from './query.js';
import { QueryPanel } from './query-panel.js';
import { StartView } from './start-view.js';
import { currentStep, Trail, trailOn } from './trail.js';
import { WhyNone } from './why-none.js';

/** Shorter waits show nothing, so that fast answers do not flicker. */
const PATIENCE_MS = 150;
const GHOSTS = 24;

export function SearchView() {
  const { params } = route.value;
  const id = params.get('id');
  const upload = params.get('upload');
  const gallery = galleryName.value;
  const query = useLoaded(
    (signal) => loadQuery(gallery, params, signal),
    [gallery, id, upload, revision.value],
  );
  if (id === null && upload === null) return h(StartView, { notice: '' });
  if (query.error) return h(Problem, { error: query.error, onRetry: query.again }, h(IntakeButtons, null));
  if (!query.waiting && !query.value) {
    return h(StartView, {
      notice: 'That image was only in the memory of this page. Please choose it again.',
    });
  }
  if (!query.value || !isOf(query.value, id, upload)) return h(Waiting, null);
  return h(Neighbours, { query: query.value });
}

/** @param {import('./query.js').Query | undefined} query @param {string | null} id @param {string | null} upload */
const isOf = (query, id, upload) => (query?.kind === 'item' ? query.id === id : query?.number === upload);

/** The frame of an answer while even the query is on its way. */
function Waiting() {
  const aside = h(
    'aside',
    { class: 'query', 'aria-label': 'Your query' },
    h('div', { class: 'query-ghost ghost' }),
  );
  return h('div', { class: 'search' }, aside, h('section', { class: 'neighbours' }, h(Ghosts, null)));
}

/** @param {{ query: import('./query.js').Query }} props */
function Neighbours({ query }) {
  const { params, href } = route.value;
  const gallery = galleryName.value;
  const filter = filterOf(chosenConditions());
  const crop = boxOf(params.get('crop'));
  const inputs = [gallery, params.get('id'), params.get('upload'), filter, crop];
  const found = usePages(
    (cursor, signal) => findNeighbours(gallery, { query, filter, crop }, Number(cursor ?? 0), signal),
    inputs,
  );
  const atLeast = Number(params.get('min') ?? Number.NaN);
  const hits = Number.isNaN(atLeast)
    ? found.items
    : found.items.filter(({ similarity }) => similarity >= atLeast);
  useEffect(() => {
    currentStep.value = { href, name: query.name, picture: query.small };
    return () => {
      currentStep.value = undefined;
    };
  }, [query, href]);
  if (found.error) return h(Problem, { error: found.error, onRetry: found.again }, h(IntakeButtons, null));
  const ready = found.first !== undefined;
  const cutShort = hits.length < found.items.length;
  const open = (/** @type {{ id: string }} */ { id }) =>
    goTo(hrefHere('search', { id, filter: params.get('filter'), min: params.get('min') }), {
      trail: trailOn(),
    });
  return h(
    'div',
    { class: 'search' },
    h(QueryPanel, { query, crop, found: found.first, hits: found.items, atLeast }),
    h(
      'section',
      { class: 'neighbours', 'aria-labelledby': 'neighbours-title' },
      h(Trail, null),
      h(
        'div',
        { class: 'view-head' },
        h('h1', { id: 'neighbours-title' }, 'Neighbours'),
        h(
          'p',
          { class: 'status', role: 'status' },
          ready && statusOf(hits.length, cutShort || found.done, found.first),
        ),
        h(ViewOptions, null),
      ),
      h(FilterBar, null),
      !ready && h(Ghosts, null),
      ready &&
        hits.length === 0 &&
        h(WhyNone, { nearest: found.items[0]?.similarity, size: found.first?.size ?? 0 }),
      ready &&
        hits.length > 0 &&
        h(ItemGrid, {
          label: 'Neighbours',
          items: hits,
          onNeed: cutShort ? undefined : found.need,
          onOpen: open,
        }),
    ),
  );
}

/**
 * @param {number} count
 * @param {boolean} isAll
 * @param {import('./query.js').Found | undefined} found
 */
function statusOf(count, isAll, found) {
  if (!found || count === 0) return '';
  const images = isAll ? counted(count, 'image', 'images') : `The nearest ${figure(count)}`;
  return `${images} of ${figure(found.size)} in ${milliseconds(found.timings.totalMs)}`;
}

/** Grey tiles while an answer is on its way, not before the wait is felt. */
function Ghosts() {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const waiting = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(waiting);
  }, []);
  if (!shown) return null;
  return h(
    'div',
    { class: 'ghosts', role: 'status', 'aria-label': 'Searching' },
    Array.from({ length: GHOSTS }, (_, i) => h('span', { key: i, class: 'ghost' })),
  );
}
