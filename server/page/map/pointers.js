// @ts-check
/** What mouse and fingers do to a map: push it, come closer, point at something. */

/**
 * @typedef {{ x: number, y: number }} Point in CSS pixels from the corner of the element
 * @typedef {{
 *   onPush: (dx: number, dy: number) => void, onZoom: (at: Point, factor: number) => void,
 *   onHover: (at: Point | undefined) => void, onClick: (at: Point) => void,
 * }} Handlers
 */

/** A press that moves no farther is a click. */
const STILL_PX = 4;
const WHEEL_SPEED = 0.0016;

/** @param {HTMLElement} element @param {Handlers} handlers @returns {() => void} stops following */
export function followPointers(element, { onPush, onZoom, onHover, onClick }) {
  /** @type {Map<number, Point>} */
  const down = new Map();
  let moved = 0;
  const pointOf = (/** @type {MouseEvent} */ event) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  const onDown = (/** @type {PointerEvent} */ event) => {
    element.setPointerCapture(event.pointerId);
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, pointOf(event));
  };
  const onMove = (/** @type {PointerEvent} */ event) => {
    const at = pointOf(event);
    const before = down.get(event.pointerId);
    if (!before) return onHover(at);
    down.set(event.pointerId, at);
    const [other] = [...down].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    const [dx, dy] = [at.x - before.x, at.y - before.y];
    moved += Math.hypot(dx, dy);
    onHover(undefined);
    if (!other) return onPush(dx, dy);
    const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
    onPush(dx / 2, dy / 2);
    onZoom(middle, distance(at, other) / Math.max(1, distance(before, other)));
  };
  const onUp = (/** @type {PointerEvent} */ event) => {
    const wasDown = down.delete(event.pointerId);
    if (wasDown && event.type === 'pointerup' && moved < STILL_PX) onClick(pointOf(event));
  };
  const onWheel = (/** @type {WheelEvent} */ event) => {
    event.preventDefault();
    onZoom(pointOf(event), Math.exp(-event.deltaY * WHEEL_SPEED * (event.ctrlKey ? 6 : 1)));
  };
  const listening = new AbortController();
  const { signal } = listening;
  element.addEventListener('pointerdown', onDown, { signal });
  element.addEventListener('pointermove', onMove, { signal });
  element.addEventListener('pointerup', onUp, { signal });
  element.addEventListener('pointercancel', onUp, { signal });
  element.addEventListener('pointerleave', () => onHover(undefined), { signal });
  element.addEventListener('wheel', onWheel, { signal, passive: false });
  return () => listening.abort();
}

/** @param {Point} a @param {Point} b */
const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
