// @ts-check
/** The way to a search: the queries before it, kept in the browser's history beside the address. */

import { signal } from '@preact/signals';
import { h } from 'preact';
import { route } from '../state/route.js';

/** @typedef {import('../state/route.js').Step} Step */

const LONGEST = 24;

/** The query that is shown. */
export const currentStep = signal(/** @type {Step | undefined} */ (undefined));

/** The trail of a search that is begun from the one that is shown. */
export function trailOn() {
  const trail = route.value.memory.trail ?? [];
  return currentStep.value ? [...trail, currentStep.value].slice(-LONGEST) : [];
}

export function Trail() {
  const trail = route.value.memory.trail ?? [];
  if (trail.length === 0) return null;
  const step = (/** @type {Step} */ { name, picture, href }, /** @type {number} */ i) => {
    const back = (/** @type {MouseEvent} */ event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      history.go(i - trail.length);
    };
    const label = `Back to ${name}`;
    const image = picture && h('img', { src: picture, alt: '', draggable: false });
    return h('li', { key: i }, h('a', { href, title: label, 'aria-label': label, onClick: back }, image));
  };
  const here = h('li', { class: 'here', 'aria-current': 'step' }, currentStep.value?.name);
  return h('nav', { class: 'trail', 'aria-label': 'The way here' }, h('ol', null, trail.map(step), here));
}
