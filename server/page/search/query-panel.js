// @ts-check
/** The query beside its neighbours: its image, a part of it to search with, what is known of it, and how the search went. */
import { h } from 'preact';
import { useState } from 'preact/hooks';
import { mayWrite } from '../api/session.js';
import { LabelForm } from '../frame/label-form.js';
import { askToRemove } from '../frame/selection-bar.js';
import { labelItems } from '../state/edits.js';
import { goTo, hrefHere, setParams } from '../state/route.js';
import { readable, valueInWords } from '../words.js';
import { CropImage } from './crop-image.js';
import { FallsIn } from './falls-in.js';
import { IntakeButtons } from './intake.js';
import { MetadataForm } from './metadata-form.js';
import { boxInAddress } from './query.js';
import { Threshold } from './threshold.js';
import { Timings } from './timings.js';

/**
 * @typedef {{
 *   query: import('./query.js').Query, crop: import('../api/items.js').Box | undefined,
 *   found: import('./query.js').Found | undefined, hits: import('../api/items.js').Hit[], atLeast: number,
 * }} Props `atLeast` is NaN where there is no threshold
 */

/** @param {Props} props */
export function QueryPanel({ query, crop, found, hits, atLeast }) {
  const { picture, name } = query;
  const onCrop = (/** @type {import('../api/items.js').Box | undefined} */ box) =>
    setParams({ crop: box ? boxInAddress(box) : null });
  return h(
    'aside',
    { class: 'query', 'aria-label': 'Your query' },
    h(CropImage, { key: picture, picture, name, crop, onCrop }),
    h(
      'div',
      { class: 'query-head' },
      h('h2', { class: 'query-name' }, name),
      h(IntakeButtons, { small: true }),
    ),
    found?.cluster && h(FallsIn, { key: found.cluster.id, cluster: found.cluster }),
    h(Threshold, { hits, atLeast }),
    query.kind === 'item' && h(AboutItem, { key: query.id, item: query.item }),
    found && h(Timings, { timings: found.timings }),
  );
}

/** @param {{ item: import('../api/items.js').Item }} props */
function AboutItem({ item }) {
  const { id, label, metadata = {} } = item;
  const rows = Object.entries(metadata).filter(([, value]) => value !== null && value !== label);
  const onLabel = (/** @type {string | null} */ next) => labelItems([item], next);
  const remove = () => askToRemove([id], () => goTo(hrefHere('search')));
  const [editing, setEditing] = useState(false);
  const isWide = matchMedia('(min-width: 761px)').matches;
  return h(
    'details',
    { class: 'about-item', open: isWide },
    h('summary', null, 'About this image'),
    mayWrite.value && h(LabelForm, { key: id, name: 'Label', action: 'Save', value: label, onLabel }),
    h(
      'dl',
      { class: 'facts' },
      h('div', null, h('dt', null, 'id'), h('dd', { class: 'id' }, id)),
      !editing &&
        rows.map(([name, value]) =>
          h('div', { key: name }, h('dt', null, readable(name)), h('dd', null, valueInWords(value))),
        ),
    ),
    editing && h(MetadataForm, { item, onClose: () => setEditing(false) }),
    h(
      'div',
      { class: 'item-links' },
      h('a', { href: item.imageUrl, target: '_blank' }, 'Original image'),
      mayWrite.value &&
        !editing &&
        h(
          'button',
          { type: 'button', class: 'quiet-button', onClick: () => setEditing(true) },
          'Edit details',
        ),
      mayWrite.value && h('button', { type: 'button', class: 'quiet-button', onClick: remove }, 'Remove'),
    ),
  );
}
