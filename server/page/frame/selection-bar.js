// @ts-check
/** What can be done to the selected items, at the lower edge of the page. */
import { h } from 'preact';
import { confirm } from '../state/dialog.js';
import { labelItems, removeFromGallery } from '../state/edits.js';
import { clearSelection, selection } from '../state/selection.js';
import { counted } from '../words.js';
import { Icon } from './icon.js';
import { LabelForm } from './label-form.js';

export function SelectionBar() {
  const items = [...selection.value.values()];
  if (items.length === 0) return null;
  const onLabel = async (/** @type {string | null} */ label) => {
    await labelItems(items, label);
    clearSelection();
  };
  return h(
    'section',
    { class: 'selection-bar', 'aria-label': 'Selected images' },
    h('p', { role: 'status' }, h('strong', null, items.length), h('span', null, ' selected')),
    h(LabelForm, { name: 'Label for them', action: 'Label', onLabel }),
    h(
      'button',
      { type: 'button', class: 'button small plain', onClick: () => askToRemove(items.map(({ id }) => id)) },
      h(Icon, { name: 'remove' }),
      'Remove',
    ),
    h(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': 'Select nothing', onClick: clearSelection },
      h(Icon, { name: 'close' }),
    ),
  );
}

/** @param {string[]} ids @param {() => void} [then] */
export function askToRemove(ids, then) {
  const images = counted(ids.length, 'image', 'images');
  confirm({
    title: `Remove ${images}?`,
    text: 'They leave the gallery for good. Files of folders that were indexed stay where they are; uploaded ones are deleted.',
    action: `Remove ${images}`,
    act: async () => {
      await removeFromGallery(ids);
      then?.();
    },
  });
}
