// @ts-check
/** Which part of the map is looked at: `x`, `y` is the point of the map in the middle, `scale` is CSS pixels per unit. */

/**
 * @typedef {{ x: number, y: number, scale: number }} Camera
 * @typedef {{ width: number, height: number }} Size in CSS pixels
 * @typedef {{ x: number, y: number }} Point
 * @typedef {{ left: number, top: number, right: number, bottom: number }} Bounds
 */

const MARGIN = 0.92;

/** How far one can come closer than the whole map, and how far away. */
const NEAREST = 400;
const FARTHEST = 0.5;

/** @param {ArrayLike<number>} x @param {ArrayLike<number>} y @returns {Bounds} */
export function boundsOf(x, y) {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (let i = 0; i < x.length; i++) {
    const [px, py] = [x[i] ?? 0, y[i] ?? 0];
    bounds.left = Math.min(bounds.left, px);
    bounds.right = Math.max(bounds.right, px);
    bounds.top = Math.min(bounds.top, py);
    bounds.bottom = Math.max(bounds.bottom, py);
  }
  return bounds;
}

/** All of the map. @param {Bounds} bounds @param {Size} size @returns {Camera} */
export function wholeOf({ left, top, right, bottom }, { width, height }) {
  const scale =
    MARGIN * Math.min(width / Math.max(right - left, 1e-9), height / Math.max(bottom - top, 1e-9));
  return { x: (left + right) / 2, y: (top + bottom) / 2, scale };
}

/** Closer by `factor`, with the point of the map that is at `at` staying there. @param {Camera} camera @param {Size} size @param {Point} at @param {number} factor @param {number} whole the scale that shows all */
export function zoomed(camera, size, at, factor, whole) {
  const scale = Math.max(whole * FARTHEST, Math.min(whole * NEAREST, camera.scale * factor));
  const fixed = toMap(camera, size, at);
  return {
    x: fixed.x - (at.x - size.width / 2) / scale,
    y: fixed.y - (at.y - size.height / 2) / scale,
    scale,
  };
}

/** @param {Camera} camera @param {number} dx @param {number} dy by how many CSS pixels the map is pushed @returns {Camera} */
export const pushed = ({ x, y, scale }, dx, dy) => ({ x: x - dx / scale, y: y - dy / scale, scale });

/** @param {Camera} camera @param {Size} size @param {Point} at @returns {Point} */
export const toMap = ({ x, y, scale }, { width, height }, at) => ({
  x: x + (at.x - width / 2) / scale,
  y: y + (at.y - height / 2) / scale,
});

/** The part of the map that is in sight, wider by a margin in CSS pixels. @param {Camera} camera @param {Size} size @param {number} [margin] @returns {Bounds} */
export function inSight({ x, y, scale }, { width, height }, margin = 0) {
  const [halfWidth, halfHeight] = [(width / 2 + margin) / scale, (height / 2 + margin) / scale];
  return { left: x - halfWidth, right: x + halfWidth, top: y - halfHeight, bottom: y + halfHeight };
}
