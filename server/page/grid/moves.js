// @ts-check
/** Where a key leads to in a grid. */

/**
 * Undefined where the key does not move.
 * @param {Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>} event
 * @param {number} from
 * @param {{ columns: number, total: number, page: number }} grid `page` is the number of rows of a page
 * @returns {number | undefined}
 */
export function targetOf({ key, ctrlKey, metaKey, altKey }, from, { columns, total, page }) {
  if (ctrlKey || metaKey || altKey || total === 0) return undefined;
  /** @type {Record<string, number>} */
  const targets = {
    ArrowLeft: from - 1,
    ArrowRight: from + 1,
    ArrowUp: from - columns,
    ArrowDown: from + columns,
    PageUp: from - columns * page,
    PageDown: from + columns * page,
    Home: 0,
    End: total - 1,
  };
  const target = targets[key];
  if (target === undefined) return undefined;
  const isRowMove = Math.abs(target - from) === columns && key !== 'ArrowLeft' && key !== 'ArrowRight';
  // Up from the first row and down from the last lead nowhere, rather than sideways.
  if (isRowMove && (target < 0 || target >= total)) return from;
  return Math.max(0, Math.min(target, total - 1));
}
