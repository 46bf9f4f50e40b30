// @ts-check
/**
 * The least similarity that is shown, as a slider under the similarities found. Neighbours come most similar first, so the
 * threshold only cuts the list short: moving it needs no new search.
 */
import { h } from 'preact';
import { setParams } from '../state/route.js';
import { similarityInWords } from '../words.js';

const BINS = 50;

/** @param {{ hits: import('../api/items.js').Hit[], atLeast: number }} props `atLeast` is NaN where there is no threshold */
export function Threshold({ hits, atLeast }) {
  const value = Number.isNaN(atLeast) ? 0 : atLeast;
  const shown = hits.filter(({ similarity }) => similarity >= value).length;
  const words = Number.isNaN(atLeast) ? 'any' : similarityInWords(value).slice(0, -1);
  const slider = {
    id: 'threshold',
    type: 'range',
    min: 0,
    max: 1,
    step: 0.01,
    value,
    'aria-valuetext': `${words}, ${shown} of ${hits.length} shown`,
    onInput: (/** @type {InputEvent} */ event) => {
      const next = Number(/** @type {HTMLInputElement} */ (event.currentTarget).value);
      setParams({ min: next > 0 ? next : null });
    },
  };
  return h(
    'div',
    { class: 'threshold' },
    h(
      'div',
      { class: 'threshold-head' },
      h('label', { for: 'threshold' }, 'Similarity at least'),
      h('output', { for: 'threshold' }, words),
    ),
    h(Spread, { hits, atLeast: value }),
    h('input', slider),
  );
}

/** How the similarities found are spread from 0 to 1. @param {{ hits: import('../api/items.js').Hit[], atLeast: number }} props */
function Spread({ hits, atLeast }) {
  const counts = binned(hits.map(({ similarity }) => similarity));
  const most = Math.max(1, ...counts);
  const bar = (/** @type {number} */ count, /** @type {number} */ i) => {
    const height = count === 0 ? 0 : 2 + 22 * Math.sqrt(count / most);
    const isOut = (i + 1) / BINS <= atLeast;
    return h('rect', { key: i, x: i * 4, y: 24 - height, width: 3, height, class: isOut ? 'out' : '' });
  };
  return h(
    'svg',
    {
      class: 'spread',
      viewBox: `0 0 ${BINS * 4 - 1} 24`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    counts.map(bar),
  );
}

/** @param {number[]} similarities @returns {number[]} */
function binned(similarities) {
  const counts = new Array(BINS).fill(0);
  for (const similarity of similarities) {
    counts[Math.max(0, Math.min(BINS - 1, Math.floor(similarity * BINS)))] += 1;
  }
  return counts;
}
