// @ts-check
/** Which dialog is open, one at a time. Knows nothing of what stands in it. */
import { signal } from '@preact/signals';

/**
 * @typedef {'camera' | 'confirm' | 'galleries' | 'jobs' | 'keys'} DialogName
 * @typedef {{ title: string, text: string, action: string, act: () => Promise<unknown> }} Question
 */

export const openedDialog = signal(
  /** @type {{ name: DialogName, props: object } | undefined} */ (undefined),
);

/** @param {DialogName} name @param {object} [props] */
export function openDialog(name, props = {}) {
  openedDialog.value = { name, props };
}

export function closeDialog() {
  openedDialog.value = undefined;
}

/** Asks before what cannot be undone. @param {Question} question */
export const confirm = (question) => openDialog('confirm', question);
