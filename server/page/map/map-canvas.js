// @ts-check
/** The map itself: drag or arrow keys move it, wheel, pinch or + and − come closer; a click searches with an image. */
import { h } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { galleryPath } from '../api/client.js';
import { Picture } from '../grid/picture.js';
import { galleryName, goTo, hrefHere } from '../state/route.js';
import { theme } from '../state/settings.js';
import { nameOf } from '../words.js';
import { boundsOf, pushed, toMap, zoomed } from './camera.js';
import { MapPainter } from './map-painter.js';
import { PointIndex } from './point-index.js';
import { followPointers } from './pointers.js';

/**
 * @typedef {import('../api/clusters.js').GalleryMap} GalleryMap
 * @typedef {import('./camera.js').Camera} Camera
 * @typedef {{ index: number, x: number, y: number }} Hovered `x`, `y` in CSS pixels from the corner of the map
 */

const PUSH_PX = 80;
const CLOSER = 1.5;
const REACH_PX = 14;

/** @param {{ map: GalleryMap, grouping: import('./groups.js').Grouping, chosen: number | undefined }} props */
export function MapCanvas({ map, grouping, chosen }) {
  const canvas = useRef(/** @type {HTMLCanvasElement | null} */ (null));
  const gallery = galleryName.value;
  const places = useMemo(() => placesOf(map), [map]);
  const painter = useMemo(
    () => new MapPainter(places, (i) => imageUrlOf(gallery, map.ids[i] ?? '')),
    [places],
  );
  const [hovered, setHovered] = useState(/** @type {Hovered | undefined} */ (undefined));
  const [middle, setMiddle] = useState('');
  const itemAt = (/** @type {number} */ i) => ({
    id: map.ids[i] ?? '',
    label: map.labelNames[map.labels[i] ?? -1] ?? null,
  });

  useEffect(() => painter.setGroups(grouping, chosen), [painter, grouping, chosen]);
  useEffect(() => painter.attach(/** @type {HTMLCanvasElement} */ (canvas.current)), [painter]);
  useEffect(() => painter.repaint(), [painter, theme.value]);
  const find = (/** @type {{ x: number, y: number }} */ at) => {
    const { camera, size } = painter;
    return places.index.nearest(toMap(camera, size, at), REACH_PX / camera.scale);
  };
  const open = (/** @type {number | undefined} */ index) => {
    if (index !== undefined) goTo(hrefHere('search', { id: map.ids[index] }));
  };
  useEffect(
    () =>
      followPointers(/** @type {HTMLCanvasElement} */ (canvas.current), {
        onPush: (dx, dy) => painter.look(pushed(painter.camera, dx, dy)),
        onZoom: (at, factor) =>
          painter.look(zoomed(painter.camera, painter.size, at, factor, painter.wholeScale)),
        onHover: (at) => {
          const index = at && find(at);
          setHovered(at && index !== undefined ? { index, ...at } : undefined);
        },
        onClick: (at) => open(find(at)),
      }),
    [painter],
  );
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const { camera, size } = painter;
    const centre = { x: size.width / 2, y: size.height / 2 };
    const nearest = () => places.index.nearest(camera, size.width / camera.scale);
    const next = cameraAfter(event.key, painter, centre);
    if (event.key === 'Enter') return open(nearest());
    if (!next) return;
    event.preventDefault();
    painter.look(next);
    const index = places.index.nearest(next, size.width / next.scale);
    setMiddle(
      index === undefined ? 'Nothing near the middle' : `Nearest to the middle: ${nameOf(itemAt(index))}`,
    );
  };
  const help =
    'Map of the gallery. Arrow keys move it, plus and minus come closer and go away, 0 shows all, Enter searches with the image nearest to the middle.';
  return h(
    'div',
    { class: 'map-frame' },
    h('canvas', { ref: canvas, tabIndex: 0, role: 'application', 'aria-label': help, onKeyDown }),
    h('p', { class: 'unseen', role: 'status' }, middle),
    hovered &&
      h(Card, {
        hovered,
        item: itemAt(hovered.index),
        imageUrl: imageUrlOf(gallery, map.ids[hovered.index] ?? ''),
      }),
    h(ZoomButtons, { painter }),
  );
}

/** @param {string} key @param {MapPainter} painter @param {{ x: number, y: number }} centre @returns {Camera | undefined} */
function cameraAfter(key, { camera, size, wholeScale, whole }, centre) {
  const push = {
    ArrowLeft: [PUSH_PX, 0],
    ArrowRight: [-PUSH_PX, 0],
    ArrowUp: [0, PUSH_PX],
    ArrowDown: [0, -PUSH_PX],
  }[key];
  if (push) return pushed(camera, push[0] ?? 0, push[1] ?? 0);
  if (key === '+' || key === '=') return zoomed(camera, size, centre, CLOSER, wholeScale);
  if (key === '-') return zoomed(camera, size, centre, 1 / CLOSER, wholeScale);
  return key === '0' ? whole : undefined;
}

/** @param {{ painter: MapPainter }} props */
function ZoomButtons({ painter }) {
  const zoom = (/** @type {number} */ factor) => {
    const { camera, size, wholeScale } = painter;
    painter.look(zoomed(camera, size, { x: size.width / 2, y: size.height / 2 }, factor, wholeScale));
  };
  const button = (
    /** @type {string} */ text,
    /** @type {string} */ name,
    /** @type {() => void} */ onClick,
  ) => h('button', { type: 'button', 'aria-label': name, title: name, onClick }, text);
  return h(
    'div',
    { class: 'zoom-buttons' },
    button('+', 'Closer', () => zoom(CLOSER)),
    button('−', 'Farther', () => zoom(1 / CLOSER)),
    button('⤢', 'Show all', () => painter.look(painter.whole)),
  );
}

/** The image under the pointer. @param {{ hovered: Hovered, item: { id: string, label: string | null }, imageUrl: string }} props */
function Card({ hovered, item, imageUrl }) {
  const style = { left: `${hovered.x}px`, top: `${hovered.y}px` };
  return h(
    'div',
    { class: 'map-card', style, 'aria-hidden': 'true' },
    h(Picture, { key: item.id, imageUrl, px: 150 }),
    h('span', { class: 'name' }, nameOf(item)),
  );
}

/** The map does not carry the versions of images, so these are asked for anew. @param {string} gallery @param {string} id */
const imageUrlOf = (gallery, id) => galleryPath(gallery, `/items/${encodeURIComponent(id)}/image?`);

/** @param {GalleryMap} map */
function placesOf(map) {
  const [x, y] = [Float32Array.from(map.x), Float32Array.from(map.y)];
  const bounds = boundsOf(x, y);
  return { x, y, bounds, index: new PointIndex(x, y, bounds) };
}
