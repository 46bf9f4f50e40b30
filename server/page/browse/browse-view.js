// @ts-check
/** Browse: all items of the gallery, or those that pass the filter, in order of their ids. */
import { h } from 'preact';
import { listItems } from '../api/items.js';
import { filterOf } from '../filter/conditions.js';
import { chosenConditions, FilterBar } from '../filter/filter-bar.js';
import { Problem } from '../frame/problem.js';
import { ItemGrid } from '../grid/item-tile.js';
import { ViewOptions } from '../grid/view-options.js';
import { WhyNone } from '../search/why-none.js';
import { useBlocks } from '../state/blocks.js';
import { gallery } from '../state/gallery.js';
import { galleryName } from '../state/route.js';
import { counted, figure } from '../words.js';

export function BrowseView() {
  const name = galleryName.value;
  const filter = filterOf(chosenConditions());
  const blocks = useBlocks(
    async (place, signal) => {
      const { items, total = 0 } = await listItems(name, { filter, ...place }, signal);
      return { items, total, first: true };
    },
    ['browse', name, filter],
  );
  if (blocks.error) return h(Problem, { error: blocks.error, onRetry: blocks.again });
  const size = gallery.value?.size ?? 0;
  const total = blocks.items.length;
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
      h('p', { class: 'status', role: 'status' }, blocks.first && status),
      h(ViewOptions, null),
    ),
    h(FilterBar, null),
    blocks.first && total === 0 && h(WhyNone, { size }),
    total > 0 &&
      h(ItemGrid, { label: 'Images', items: blocks.items, onNeed: blocks.need, fill: blocks.fill }),
  );
}
