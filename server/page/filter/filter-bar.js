// @ts-check
/** The filter of a view: the button that opens its panel, and what is chosen, to be taken away again one by one. */
import { h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../frame/icon.js';
import { route, setParams } from '../state/route.js';
import { conditionInWords, conditionsOf, filterOf } from './conditions.js';
import { FilterPanel } from './filter-panel.js';

/** @typedef {import('./conditions.js').Filter} Filter */

/** What is chosen, by the address. */
export const chosenConditions = () => conditionsOf(route.value.params.get('filter'));

/** @param {Filter[]} conditions */
export function choose(conditions) {
  const filter = filterOf(conditions);
  setParams({ filter: filter ? JSON.stringify(filter) : null });
}

export function FilterBar() {
  const [open, setOpen] = useState(false);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const conditions = chosenConditions();
  useEffect(() => {
    if (!open) return undefined;
    const leave = (/** @type {Event} */ event) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener('pointerdown', leave);
    return () => document.removeEventListener('pointerdown', leave);
  }, [open]);
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape' || !open) return;
    event.stopPropagation();
    setOpen(false);
    button.current?.focus();
  };
  const toggle = {
    type: 'button',
    class: 'button small plain filter-button',
    'aria-expanded': open,
    onClick: () => setOpen(!open),
  };
  return h(
    'div',
    { class: 'filter-bar' },
    h(
      'div',
      { class: 'filter-anchor', ref: box, onKeyDown },
      h('button', { ref: button, ...toggle }, h(Icon, { name: 'filter' }), 'Filter'),
      open && h(FilterPanel, { conditions, onChoose: choose }),
    ),
    h(
      'ul',
      { class: 'chips', 'aria-label': 'What is filtered by' },
      conditions.map((condition) => h(Chip, { condition, conditions })),
    ),
    conditions.length > 1 &&
      h('button', { type: 'button', class: 'quiet-button', onClick: () => choose([]) }, 'Clear all'),
  );
}

/** @param {{ condition: Filter, conditions: Filter[] }} props */
function Chip({ condition, conditions }) {
  const words = conditionInWords(condition);
  const drop = () => choose(conditions.filter((each) => each !== condition));
  const button = { type: 'button', 'aria-label': `Do not filter by ${words}`, onClick: drop };
  return h('li', { class: 'chip' }, h('span', null, words), h('button', button, h(Icon, { name: 'close' })));
}
