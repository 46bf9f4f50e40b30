// @ts-check
/**
 * A grid of tiles of any length: only the rows in sight are in the document. One Tab reaches it; within it the arrow keys,
 * Page Up and Down, Home and End move. Knows nothing of what a tile shows.
 */
import { h } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { route } from '../state/route.js';
import { tilePx as chosenPx } from '../state/settings.js';
import { layoutOf, useSight, useWidth } from './layout.js';
import { targetOf } from './moves.js';

/**
 * @typedef {import('preact').RefObject<HTMLElement | null>} Box
 * @typedef {{ index: number, active: boolean, tilePx: number }} Place only the active tile is in the Tab order
 * @typedef {{
 *   label: string,
 *   total: number,
 *   captionPx: number,
 *   smallestPx?: number,
 *   keyAt: (index: number) => string | undefined,
 *   tile: (place: Place) => import('preact').ComponentChildren,
 *   onNeed?: ((first: number, last: number) => void) | undefined,
 *   onKey?: (event: KeyboardEvent, index: number) => void,
 * }} GridProps `smallestPx` is the least width of a tile, by default
 *   what the user has set; `keyAt` is undefined for what is still to come; `onNeed` is told of the first and the last tile in sight
 */

/** @param {GridProps} props */
export function TileGrid({
  label,
  total,
  captionPx,
  smallestPx = chosenPx.value,
  keyAt,
  tile,
  onNeed,
  onKey,
}) {
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const layout = layoutOf(useWidth(box), { total, smallestPx, captionPx });
  const { columns, rows, rowPx, tilePx, gapPx } = layout;
  const sight = useSight(box, layout);
  const { active, where, settle, focus, openWhenThere } = useActive(box, total);
  const firstSeen = sight.first * columns;
  const lastSeen = Math.min((sight.last + 1) * columns, total) - 1;
  useEffect(() => onNeed?.(firstSeen, lastSeen), [firstSeen, lastSeen, onNeed]);
  useScrollBack(rows > 0);

  const move = (/** @type {KeyboardEvent} */ event) => {
    const page = Math.max(1, Math.floor(innerHeight / rowPx) - 1);
    const target = targetOf(event, where(), { columns, total, page });
    if (target === undefined) return openWhenThere(event) || onKey?.(event, where());
    event.preventDefault();
    focus(target);
    if (box.current) scrollToRow(box.current, Math.floor(target / columns), rowPx);
  };
  const cell = (/** @type {number} */ index) => {
    const key = keyAt(index);
    const props = { role: 'gridcell', 'data-index': index, 'aria-colindex': (index % columns) + 1 };
    if (key === undefined) return h('div', { ...props, key: index, class: 'cell ghost' });
    return h('div', { ...props, key, class: 'cell' }, tile({ index, active: index === active, tilePx }));
  };
  const row = (/** @type {number} */ number) => {
    const indexes = range(number * columns, Math.min((number + 1) * columns, total) - 1);
    const style = `transform: translateY(${number * rowPx}px); grid-template-columns: repeat(${columns}, 1fr)`;
    const props = { key: number, role: 'row', class: 'row', 'aria-rowindex': number + 1, style };
    return h('div', props, indexes.map(cell));
  };
  const size = `height: ${Math.max(rows * rowPx - gapPx, 0)}px; --caption: ${captionPx}px; --gap: ${gapPx}px`;
  const props = { ref: box, class: 'grid', role: 'grid', 'aria-label': label, style: size };
  const counts = { 'aria-rowcount': rows, 'aria-colcount': columns };
  const onFocusIn = (/** @type {FocusEvent} */ event) => settle(indexOf(event.target));
  const shown = rowsToShow(sight, Math.floor(active / columns), rows);
  return h('div', { ...props, ...counts, onKeyDown: move, onFocusIn }, shown.map(row));
}

/**
 * The tile that Tab leads to, and the focus that follows it. Keys come faster than tiles: what a key does it does to the
 * tile that the keys before it have led to, whether that one is drawn and loaded already or not.
 * @param {Box} box
 * @param {number} total
 */
function useActive(box, total) {
  const [drawn, setDrawn] = useState(0);
  const latest = useRef(0);
  const state = useRef(/** @type {'there' | 'coming' | 'opening'} */ ('there'));
  const within = (/** @type {number} */ index) => Math.max(0, Math.min(index, total - 1));
  const where = () => within(latest.current);
  const follow = () => {
    const link = box.current?.querySelector(`[data-index="${where()}"] a`);
    if (state.current === 'there' || !(link instanceof HTMLElement)) return;
    const opens = state.current === 'opening';
    state.current = 'there';
    link.focus({ preventScroll: true });
    if (opens) link.click();
  };
  useLayoutEffect(follow);
  const settle = (/** @type {number | undefined} */ index = where()) => {
    latest.current = index;
    setDrawn(index);
    state.current = 'there';
  };
  const focus = (/** @type {number} */ index) => {
    settle(index);
    state.current = 'coming';
    follow();
  };
  const openWhenThere = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Enter' || state.current === 'there') return false;
    event.preventDefault();
    state.current = 'opening';
    return true;
  };
  return { active: within(drawn), where, settle, focus, openWhenThere };
}

/**
 * Those in sight, and the row of the active tile wherever that is: the focus must not be lost when its row scrolls away.
 * @param {import('./layout.js').Sight} sight
 * @param {number} activeRow
 * @param {number} rows
 */
function rowsToShow({ first, last }, activeRow, rows) {
  const inSight = range(first, last);
  if (rows === 0 || inSight.includes(activeRow)) return inSight;
  return activeRow < first ? [activeRow, ...inSight] : [...inSight, activeRow];
}

/** Goes back to where the page was scrolled to when this place was left. @param {boolean} ready */
function useScrollBack(ready) {
  const { memory } = route.value;
  useLayoutEffect(() => {
    if (ready && memory.scroll) scrollTo(0, memory.scroll);
  }, [ready, memory]);
}

/** @param {HTMLElement} grid @param {number} row @param {number} rowPx */
function scrollToRow(grid, row, rowPx) {
  const top = grid.getBoundingClientRect().top + row * rowPx;
  const head = Number.parseFloat(getComputedStyle(grid).scrollMarginTop) || 0;
  if (top < head) scrollBy(0, top - head);
  else if (top + rowPx > innerHeight) scrollBy(0, top + rowPx - innerHeight);
}

/** The index of the tile that an element is in. @param {EventTarget | null} target */
function indexOf(target) {
  const cell = target instanceof Element ? target.closest('[data-index]') : null;
  return cell instanceof HTMLElement ? Number(cell.dataset.index) : undefined;
}

/** @param {number} first @param {number} last @returns {number[]} both inclusive */
const range = (first, last) => Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
