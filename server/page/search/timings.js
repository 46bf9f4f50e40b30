// @ts-check
/** Where a search took its time. */
import { h } from 'preact';
import { milliseconds } from '../words.js';

/** The parts of a search in the order in which they happen. */
const STAGES = /** @type {const} */ ([
  ['decodeMs', 'decode'],
  ['queueMs', 'wait'],
  ['embedMs', 'embed'],
  ['searchMs', 'search'],
]);

/** @param {{ timings: import('../api/items.js').Timings }} props */
export function Timings({ timings }) {
  const stages = STAGES.filter(([key]) => timings[key] > 0);
  const time = (/** @type {string} */ name, /** @type {number} */ ms) =>
    h('div', { key: name, class: `stage-${name}` }, h('dt', null, name), h('dd', null, milliseconds(ms)));
  return h(
    'details',
    { class: 'timings' },
    h('summary', null, `Answered in ${milliseconds(timings.totalMs)}`),
    h(
      'div',
      { class: 'time-bar', 'aria-hidden': 'true' },
      stages.map(([key, name]) =>
        h('span', { key, class: `stage-${name}`, style: { flexGrow: timings[key] } }),
      ),
    ),
    h(
      'dl',
      { class: 'times' },
      stages.map(([key, name]) => time(name, timings[key])),
      time('in all', timings.totalMs),
    ),
  );
}
