// @ts-check
/** What the keyboard does, and the settings that have no better place. */
import { h } from 'preact';
import { closeDialog } from '../state/dialog.js';
import { shortcutsOn, theme } from '../state/settings.js';
import { Dialog } from './dialog.js';
import { KeySettings } from './key-settings.js';
import { SHORTCUTS } from './shortcuts.js';

const IN_GRIDS = [
  ['← ↑ → ↓', 'move from image to image'],
  ['Enter', 'search with the image'],
  ['X or Space', 'select it, with Shift all since the last one'],
  ['Home, End, Page Up, Page Down', 'move far'],
];

export function KeysDialog() {
  return h(
    Dialog,
    { title: 'Keyboard and settings', onClose: closeDialog },
    h('h3', null, 'Anywhere'),
    h(Keys, {
      keys: [
        ...SHORTCUTS.map(({ key, does }) => [key.toUpperCase(), does]),
        ['Ctrl V', 'search with the copied image'],
      ],
    }),
    h('h3', null, 'Among images'),
    h(Keys, { keys: IN_GRIDS }),
    h('h3', null, 'Settings'),
    h(
      'label',
      { class: 'check' },
      h('input', {
        type: 'checkbox',
        checked: shortcutsOn.value,
        onChange: (event) => {
          shortcutsOn.value = event.currentTarget.checked;
        },
      }),
      'Single keys are commands',
    ),
    h(ThemeChoice, null),
    h(KeySettings, null),
  );
}

/** @param {{ keys: string[][] }} props */
const Keys = ({ keys }) =>
  h(
    'dl',
    { class: 'keys' },
    keys.map(([key, does]) => h('div', { key }, h('dt', null, h('kbd', null, key)), h('dd', null, does))),
  );

function ThemeChoice() {
  const choice = (/** @type {import('../state/settings.js').Theme} */ value, /** @type {string} */ name) =>
    h(
      'label',
      { class: 'check' },
      h('input', {
        type: 'radio',
        name: 'theme',
        checked: theme.value === value,
        onChange: () => {
          theme.value = value;
        },
      }),
      name,
    );
  return h(
    'fieldset',
    { class: 'choices' },
    h('legend', null, 'Colours'),
    choice('auto', 'as the system has them'),
    choice('light', 'light'),
    choice('dark', 'dark'),
  );
}
