// @ts-check
/** Rectangles on an image, in fractions of it; none leaves it, none gets too small to see. */

/** @typedef {import('../api/items.js').Box} Box */
/** @typedef {{ x: number, y: number }} Point */

const SMALLEST = 0.04;

/** From one corner to the other; undefined where that is hardly more than a click. @param {Point} from @param {Point} to @returns {Box | undefined} */
export function drawnBox(from, to) {
  const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)].map(within);
  const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)].map(within);
  return boxBetween(left ?? 0, top ?? 0, right ?? 0, bottom ?? 0);
}

/** @param {Box} box @param {number} dx @param {number} dy @returns {Box} */
export function movedBox({ x, y, width, height }, dx, dy) {
  return { x: clamp(x + dx, 0, 1 - width), y: clamp(y + dy, 0, 1 - height), width, height };
}

/** Moves one corner: nw, ne, sw or se. @param {Box} box @param {string} corner @param {number} dx @param {number} dy @returns {Box} */
export function resizedBox(box, corner, dx, dy) {
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const left = corner.includes('w') ? clamp(box.x + dx, 0, right - SMALLEST) : box.x;
  const top = corner.includes('n') ? clamp(box.y + dy, 0, bottom - SMALLEST) : box.y;
  const nextRight = corner.includes('e') ? clamp(right + dx, left + SMALLEST, 1) : right;
  const nextBottom = corner.includes('s') ? clamp(bottom + dy, top + SMALLEST, 1) : bottom;
  return { x: left, y: top, width: nextRight - left, height: nextBottom - top };
}

/** @param {number} fraction */
export const percent = (fraction) => `${Math.round(fraction * 1000) / 10}%`;

/** @param {number} left @param {number} top @param {number} right @param {number} bottom @returns {Box | undefined} */
function boxBetween(left, top, right, bottom) {
  const [width, height] = [right - left, bottom - top];
  return width < SMALLEST || height < SMALLEST ? undefined : { x: left, y: top, width, height };
}

const within = (/** @type {number} */ value) => clamp(value, 0, 1);

const clamp = (/** @type {number} */ value, /** @type {number} */ least, /** @type {number} */ most) =>
  Math.max(least, Math.min(value, most));
