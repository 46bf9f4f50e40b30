// @ts-check
/** Single keys that are commands wherever no text is being typed; the user can turn them off. */

import { chooseImage } from '../search/intake.js';
import { openDialog } from '../state/dialog.js';
import { galleryName, goTo, hrefHere } from '../state/route.js';
import { clearSelection, selection } from '../state/selection.js';
import { shortcutsOn } from '../state/settings.js';

const focus = (/** @type {string} */ selector) => {
  const found = document.querySelector(selector);
  if (found instanceof HTMLElement) found.focus();
};

/** @type {{ key: string, does: string, act: () => void }[]} */
export const SHORTCUTS = [
  { key: '/', does: 'choose an image to search with', act: () => chooseImage() },
  { key: 's', does: 'search', act: () => goTo(hrefHere('search')) },
  { key: 'b', does: 'browse', act: () => goTo(hrefHere('browse')) },
  { key: 'c', does: 'clusters', act: () => goTo(hrefHere('clusters')) },
  { key: 'd', does: 'duplicates', act: () => goTo(hrefHere('duplicates')) },
  { key: 'm', does: 'map', act: () => goTo(hrefHere('map')) },
  { key: 'a', does: 'add images', act: () => goTo(hrefHere('add')) },
  { key: 'g', does: 'go to the images', act: () => focus('.grid [tabindex="0"]') },
  { key: 'f', does: 'filter', act: () => focus('.filter-button') },
  { key: 'l', does: 'label what is selected', act: () => focus('.selection-bar input') },
  { key: '?', does: 'this list', act: () => openDialog('keys') },
];

/** @returns {() => void} stops listening */
export function listenForShortcuts() {
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target))
    return;
  if (event.key === 'Escape' && selection.value.size > 0) return clearSelection();
  const found = SHORTCUTS.find(({ key }) => key === event.key);
  if (!found || !shortcutsOn.value || !galleryName.value) return;
  event.preventDefault();
  found.act();
}

/** Whether keys mean something else there. @param {EventTarget | null} target */
function isBusy(target) {
  if (document.querySelector('dialog[open]')) return true;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=range]), textarea, select'))
  );
}
