// @ts-check
/** Line icons on a square of 20 units, in the colour of the text around them. */
import { h } from 'preact';

/** @type {Record<string, string>} */
const PATHS = {
  add: 'M10 4v12M4 10h12',
  camera: 'M3 6.5h3l1.5-2h5l1.5 2h3v9.5H3zM10 8.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6',
  check: 'm4.5 10.5 3.5 3.5 7.5-8',
  close: 'm5 5 10 10M15 5 5 15',
  crop: 'M6 2v12h12M2 6h12v12',
  down: 'm6 8 4 4 4-4',
  filter: 'M3 5h14M6 10h8M8.5 15h3',
  image: 'M3 4h14v12H3zM6.5 7.5h.01m-3.5 6 4-4 3 2.5 3-3.5 4 4.5',
  label: 'M3 4h7l7 7-6 6-8-8zM6.5 7.5h.01',
  moon: 'M16 12.5A6.5 6.5 0 0 1 7.5 4a6.5 6.5 0 1 0 8.5 8.5',
  next: 'm8 5 5 5-5 5',
  paste: 'M7 4H4.5v13h11V4H13M7 3h6v3H7z',
  remove: 'M4 6h12M8 6V4h4v2m-6.5 0 .7 11h7.6l.7-11',
  sun: 'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7M10 2v1.5m0 13V18m8-8h-1.5m-13 0H2m13.6-5.6-1 1m-9.2 9.2-1 1m11.2 0-1-1M5.4 5.4l-1-1',
};

/** @param {{ name: string }} props */
export function Icon({ name }) {
  const line = {
    fill: 'none',
    stroke: 'currentColor',
    'stroke-width': 1.6,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  };
  return h(
    'svg',
    { class: 'icon', viewBox: '0 0 20 20', 'aria-hidden': 'true', ...line },
    h('path', { d: PATHS[name] }),
  );
}
