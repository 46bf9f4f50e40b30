// @ts-check
/** Where the tiles of a grid lie, and which of its rows are in sight. The page itself scrolls, not the grid. */
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';

/**
 * @typedef {{ columns: number, rows: number, tilePx: number, rowPx: number, gapPx: number }} Layout
 * @typedef {{ first: number, last: number }} Sight numbers of rows, both inclusive; `last` is -1 where there are none
 */

/** Rows that are kept ready above and below those in sight. */
const SPARE_ROWS = 2;
const FEWEST_COLUMNS = 2;

/**
 * @param {number} widthPx
 * @param {{ total: number, smallestPx: number, captionPx: number }} tiles
 * @returns {Layout}
 */
export function layoutOf(widthPx, { total, smallestPx, captionPx }) {
  const gapPx = widthPx < 600 ? 8 : 12;
  const columns = Math.max(FEWEST_COLUMNS, Math.floor((widthPx + gapPx) / (smallestPx + gapPx)));
  const tilePx = Math.max(1, (widthPx - gapPx * (columns - 1)) / columns);
  return { columns, rows: Math.ceil(total / columns), tilePx, rowPx: tilePx + captionPx + gapPx, gapPx };
}

/**
 * @param {Layout} layout
 * @param {number} topPx how far above the window's upper edge the grid begins
 * @param {number} heightPx of the window
 * @returns {Sight}
 */
export function sightOf({ rows, rowPx }, topPx, heightPx) {
  const first = Math.floor(topPx / rowPx) - SPARE_ROWS;
  const last = Math.floor((topPx + heightPx) / rowPx) + SPARE_ROWS;
  return { first: clamp(first, 0, Math.max(rows - 1, 0)), last: clamp(last, -1, rows - 1) };
}

/**
 * The width of an element, followed; 0 until it is known.
 * @param {import('preact').RefObject<HTMLElement | null>} box
 */
export function useWidth(box) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const measure = () => setWidth(element.clientWidth);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return width;
}

/**
 * The rows in sight, followed; a scroll that brings no new row costs no rendering.
 * @param {import('preact').RefObject<HTMLElement | null>} box
 * @param {Layout} layout
 * @returns {Sight}
 */
export function useSight(box, layout) {
  const [sight, setSight] = useState(/** @type {Sight} */ ({ first: 0, last: -1 }));
  const { rows, rowPx } = layout;
  useEffect(() => {
    const look = () => {
      const top = -(box.current?.getBoundingClientRect().top ?? 0);
      const next = sightOf(layout, top, innerHeight);
      setSight((known) => (known.first === next.first && known.last === next.last ? known : next));
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [rows, rowPx]);
  return { first: Math.min(sight.first, Math.max(rows - 1, 0)), last: Math.min(sight.last, rows - 1) };
}

/** @param {number} value @param {number} least @param {number} most */
const clamp = (value, least, most) => Math.max(least, Math.min(value, most));
