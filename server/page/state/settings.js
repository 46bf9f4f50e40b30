// @ts-check
/** How the user likes the page: theme, size of tiles, what stands under them. Kept in this browser. */
import { effect, signal } from '@preact/signals';

/** @typedef {'auto' | 'light' | 'dark'} Theme */

/** @template T @param {string} name @param {T} first */
function kept(name, first) {
  const place = `sinter.${name}`;
  const stored = localStorage.getItem(place);
  const setting = signal(stored === null ? first : /** @type {T} */ (JSON.parse(stored)));
  effect(() => localStorage.setItem(place, JSON.stringify(setting.value)));
  return setting;
}

export const theme = kept('theme', /** @type {Theme} */ ('auto'));

/** Smallest width of a tile, in CSS pixels. */
export const tilePx = kept('tile', 150);

/** Whether a tile shows its metadata. */
export const showsDetails = kept('details', true);

/** Whether single keys are commands outside of grids and fields. */
export const shortcutsOn = kept('shortcuts', true);

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
