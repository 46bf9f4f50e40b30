// @ts-check
/** Before a search: where an image may come from, and some images of the gallery to try. */
import { h } from 'preact';
import { useState } from 'preact/hooks';
import { getExamples } from '../api/items.js';
import { Problem } from '../frame/problem.js';
import { ItemGrid } from '../grid/item-tile.js';
import { gallery, revision } from '../state/gallery.js';
import { useLoaded } from '../state/loaded.js';
import { galleryName, hrefHere } from '../state/route.js';
import { counted } from '../words.js';
import { IntakeButtons } from './intake.js';

const EXAMPLES = 36;

/** @param {{ notice: string }} props */
export function StartView({ notice }) {
  const size = gallery.value?.size ?? 0;
  return h(
    'div',
    { class: 'start' },
    h(
      'section',
      { class: 'hero' },
      h('h1', null, 'Find what looks like it.'),
      h(
        'p',
        { class: 'lead' },
        `Show an image, and see its nearest neighbours among ${counted(size, 'image', 'images')}.`,
      ),
      notice && h('p', { class: 'notice', role: 'status' }, notice),
      h(
        'div',
        { class: 'drop-zone' },
        h(IntakeButtons, null),
        h(
          'p',
          { class: 'hint' },
          'or drop one anywhere, or press ',
          h('kbd', null, 'Ctrl'),
          ' ',
          h('kbd', null, 'V'),
        ),
      ),
    ),
    size > 0
      ? h(Examples, null)
      : h('p', { class: 'none' }, 'The gallery is empty. ', h('a', { href: hrefHere('add') }, 'Add images')),
  );
}

function Examples() {
  const [seed, setSeed] = useState(1);
  const name = galleryName.value;
  const examples = useLoaded(() => getExamples(name, EXAMPLES, seed), [name, seed, revision.value]);
  if (examples.error) return h(Problem, { error: examples.error, onRetry: examples.again });
  return h(
    'section',
    { class: 'examples', 'aria-labelledby': 'examples-title' },
    h(
      'div',
      { class: 'view-head' },
      h('h2', { id: 'examples-title' }, 'Or begin with one of these'),
      h('button', { type: 'button', class: 'quiet-button', onClick: () => setSeed(seed + 1) }, 'Show others'),
    ),
    h(ItemGrid, { label: 'Examples', items: examples.value ?? [] }),
  );
}
