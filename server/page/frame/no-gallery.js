// @ts-check
/** In place of a view: there is no gallery yet, or none of the name in the address. */
import { h } from 'preact';
import { openDialog } from '../state/dialog.js';

/** @param {{ name: string | null }} props */
export function NoGallery({ name }) {
  const open = () => openDialog('galleries');
  return h(
    'section',
    { class: 'message' },
    h('h1', null, name === null ? 'No gallery yet' : `There is no gallery “${name}”`),
    h(
      'p',
      null,
      name === null
        ? 'Make one here, or index a folder of images:'
        : 'It may have been removed, or have another name.',
    ),
    name === null && h('p', null, h('code', null, 'sinter index PHOTOS --model models/NAME --gallery NAME')),
    h(
      'div',
      { class: 'actions' },
      h(
        'button',
        { type: 'button', class: 'button', onClick: open },
        name === null ? 'New gallery' : 'Show the galleries',
      ),
    ),
  );
}
