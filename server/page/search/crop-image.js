// @ts-check
/** The image of a query, on which a rectangle can be drawn: then only that part is searched with. Mouse, finger or keys. */
import { h } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../frame/icon.js';
import { drawnBox, movedBox, percent, resizedBox } from './crop-box.js';

/** @typedef {import('../api/items.js').Box} Box */

const FIRST_BOX = { x: 0.25, y: 0.25, width: 0.5, height: 0.5 };
const STEP = 0.02;

/** Where a drag began: on the bare image, on the rectangle, or on one of its corners. @typedef {{ at: Point, from: Box | undefined, corner: string }} Drag */
/** @typedef {{ x: number, y: number }} Point in fractions of the image */

/**
 * @param {{ picture: string, name: string, crop: Box | undefined, onCrop: (box: Box | undefined) => void }} props
 */
export function CropImage({ picture, name, crop, onCrop }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [draft, setDraft] = useState(crop);
  const [broken, setBroken] = useState(false);
  const wantsFocus = useRef(false);
  const drag = useRef(/** @type {Drag | undefined} */ (undefined));
  useLayoutEffect(() => setDraft(crop), [crop?.x, crop?.y, crop?.width, crop?.height]);

  const pointOf = (/** @type {PointerEvent} */ event) => {
    const { left, top, width, height } = /** @type {HTMLDivElement} */ (
      frame.current
    ).getBoundingClientRect();
    return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
  };
  const onPointerDown = (/** @type {PointerEvent} */ event) => {
    if (event.button !== 0) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const corner = target.dataset.corner ?? (target.closest('.crop') ? 'all' : 'new');
    drag.current = { at: pointOf(event), from: draft, corner };
    frame.current?.setPointerCapture(event.pointerId);
    event.preventDefault();
  };
  const onPointerMove = (/** @type {PointerEvent} */ event) => {
    if (drag.current) setDraft(dragged(drag.current, pointOf(event)));
  };
  const onPointerUp = (/** @type {PointerEvent} */ event) => {
    if (!drag.current) return;
    const box = dragged(drag.current, pointOf(event));
    drag.current = undefined;
    setDraft(box);
    if (box) onCrop(box);
  };
  const crops = { onPointerDown, onPointerMove, onPointerUp };
  const begin = () => {
    wantsFocus.current = true;
    onCrop(FIRST_BOX);
  };
  useLayoutEffect(() => {
    const rectangle = frame.current?.querySelector('.crop');
    if (!wantsFocus.current || !(rectangle instanceof HTMLElement)) return;
    wantsFocus.current = false;
    rectangle.focus();
  });
  if (broken) return h('div', { class: 'query-mat mat broken' });
  return h(
    'figure',
    { class: 'query-mat' },
    h(
      'div',
      { class: 'croppable', ref: frame, ...crops },
      h('img', { src: picture, alt: name, draggable: false, onError: () => setBroken(true) }),
      draft && h(Rectangle, { box: draft, onChange: setDraft, onDone: onCrop }),
    ),
    h(
      'figcaption',
      null,
      crop
        ? h(
            'button',
            { type: 'button', class: 'quiet-button', onClick: () => onCrop(undefined) },
            'Search with the whole image',
          )
        : h(
            'button',
            { type: 'button', class: 'quiet-button', onClick: begin },
            h(Icon, { name: 'crop' }),
            'Search with a part',
          ),
    ),
  );
}

/** @param {Drag} drag @param {Point} to @returns {Box | undefined} */
function dragged({ at, from, corner }, to) {
  if (corner === 'new' || !from) return drawnBox(at, to) ?? from;
  if (corner === 'all') return movedBox(from, to.x - at.x, to.y - at.y);
  return resizedBox(from, corner, to.x - at.x, to.y - at.y);
}

/**
 * The arrow keys move it, with Shift they resize it; Escape takes it away. The search follows when a key is let go of.
 * @param {{ box: Box, onChange: (box: Box) => void, onDone: (box: Box | undefined) => void }} props
 */
function Rectangle({ box, onChange, onDone }) {
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape') return onDone(undefined);
    const [dx, dy] = {
      ArrowLeft: [-STEP, 0],
      ArrowRight: [STEP, 0],
      ArrowUp: [0, -STEP],
      ArrowDown: [0, STEP],
    }[event.key] ?? [0, 0];
    if (!dx && !dy) return;
    event.preventDefault();
    onChange(event.shiftKey ? resizedBox(box, 'se', dx, dy) : movedBox(box, dx, dy));
  };
  const onKeyUp = (/** @type {KeyboardEvent} */ event) => {
    if (event.key.startsWith('Arrow')) onDone(box);
  };
  const { x, y, width, height } = box;
  const style = { left: percent(x), top: percent(y), width: percent(width), height: percent(height) };
  const label = `Part to search with: from ${percent(x)} across and ${percent(y)} down, ${percent(width)} wide, ${percent(height)} high. Arrow keys move it, with Shift they resize it.`;
  const corners = ['nw', 'ne', 'sw', 'se'].map((corner) =>
    h('span', { key: corner, class: `corner ${corner}`, 'data-corner': corner }),
  );
  return h(
    'div',
    {
      class: 'crop',
      style,
      tabIndex: 0,
      role: 'application',
      'aria-roledescription': 'rectangle',
      'aria-label': label,
      onKeyDown,
      onKeyUp,
    },
    corners,
  );
}
