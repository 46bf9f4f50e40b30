// @ts-check
/** A word about what was just done, said once, at the edge of the page and to screen readers. */
import { signal } from '@preact/signals';
import { problemInWords } from '../words.js';

/** @typedef {{ name: string, act: () => unknown }} Offer */

const STAYS_MS = 8000;

export const notice = signal(
  /** @type {{ text: string, offer?: Offer | undefined } | undefined} */ (undefined),
);

let clearing = 0;

/** @param {string} text @param {Offer} [offer] */
export function say(text, offer) {
  notice.value = { text, offer };
  clearTimeout(clearing);
  clearing = setTimeout(hush, STAYS_MS);
}

export function hush() {
  notice.value = undefined;
}

/** Says what went wrong, where that is all that can be done about it. @param {unknown} error */
export function sayProblem(error) {
  const { title, text } = problemInWords(error);
  say(`${title}. ${text}`);
}

/**
 * Runs what a user asked for, and says it where it fails.
 * @param {() => Promise<unknown>} action
 */
export async function tried(action) {
  try {
    await action();
  } catch (error) {
    sayProblem(error);
  }
}
