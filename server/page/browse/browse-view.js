// @ts-check
/** Browse: all items of the gallery, or those that pass the filter, in order of their ids. */
import { h } from 'preact';
import { countItems } from '../api/galleries.js';
import { listItems } from '../api/items.js';
import { filterOf } from '../filter/conditions.js';
import { chosenConditions, FilterBar } from '../filter/filter-bar.js';
import { Problem } from '../frame/problem.js';
import { ItemGrid } from '../grid/item-tile.js';
import { ViewOptions } from '../grid/view-options.js';
import { WhyNone } from '../search/why-none.js';
import { gallery } from '../state/gallery.js';
import { usePages } from '../state/pages.js';
import { galleryName } from '../state/route.js';
import { counted, figure } from '../words.js';

/** The first page comes fast; what a jump far down needs comes in few requests. */
const FIRST_PAGE = 200;
const NEXT_PAGES = 1000;

export function BrowseView() {
  const name = galleryName.value;
  const filter = filterOf(chosenConditions());
  const pages = usePages((after, signal) => loadPage(name, filter, after, signal), ['browse', name, filter]);
  if (pages.error) return h(Problem, { error: pages.error, onRetry: pages.again });
  const size = gallery.value?.size ?? 0;
  const total = pages.first?.total ?? 0;
  const status = filter
    ? `${figure(total)} of ${counted(size, 'image', 'images')}`
    : counted(total, 'image', 'images');
  return h(
    'section',
    { class: 'browse', 'aria-labelledby': 'browse-title' },
    h(
      'div',
      { class: 'view-head' },
      h('h1', { id: 'browse-title' }, 'Browse'),
      h('p', { class: 'status', role: 'status' }, pages.first && status),
      h(ViewOptions, null),
    ),
    h(FilterBar, null),
    pages.first && total === 0 && h(WhyNone, { size }),
    total > 0 && h(ItemGrid, { label: 'Images', items: pages.items, total, onNeed: pages.need }),
  );
}

/**
 * One page in order of id; the first one comes with the count of them all.
 * @param {string} name
 * @param {unknown} filter
 * @param {string | number | undefined} after
 * @param {AbortSignal} signal
 */
async function loadPage(name, filter, after, signal) {
  const isFirst = after === undefined;
  const page = {
    filter,
    limit: isFirst ? FIRST_PAGE : NEXT_PAGES,
    after: isFirst ? undefined : String(after),
  };
  const [{ items, next }, total] = await Promise.all([
    listItems(name, page, signal),
    isFirst ? countOf(name, filter, signal) : undefined,
  ]);
  return { items, next, ...(total !== undefined && { first: { total } }) };
}

/** @param {string} name @param {unknown} filter @param {AbortSignal} signal */
const countOf = (name, filter, signal) =>
  filter ? countItems(name, filter, signal) : (gallery.value?.size ?? 0);
