// @ts-check
/** Map: every image as a point, near those that are like it; coloured by label or cluster, with pictures from close by. */
import { h } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { ApiError } from '../api/client.js';
import { getMap } from '../api/clusters.js';
import { Problem } from '../frame/problem.js';
import { WorkButton, WorkFirst } from '../frame/work-first.js';
import { revision } from '../state/gallery.js';
import { useLoaded } from '../state/loaded.js';
import { galleryName, route, setParams } from '../state/route.js';
import { counted, figure, readable } from '../words.js';
import { cssColour, groupsOf } from './groups.js';
import { MapCanvas } from './map-canvas.js';

/** @typedef {import('../api/clusters.js').GalleryMap} GalleryMap */

export function MapView() {
  const gallery = galleryName.value;
  const map = useLoaded((signal) => getMap(gallery, signal), ['map', gallery, revision.value]);
  if (map.error instanceof ApiError && map.error.code === 'not-found') return h(WorkFirst, NONE_YET);
  if (map.error) return h(Problem, { error: map.error, onRetry: map.again });
  return map.value ? h(Drawn, { map: map.value }) : null;
}

const NONE_YET = {
  title: 'No map yet',
  text: 'The whole gallery on one sheet: what is alike lies together, what is odd lies apart.',
  work: { kind: 'map', action: 'Draw the map' },
  command: 'sinter cluster --map --gallery NAME',
};

/** @param {{ map: GalleryMap }} props */
function Drawn({ map }) {
  const by = route.value.params.get('by') === 'cluster' ? 'cluster' : 'label';
  const [chosen, setChosen] = useState(/** @type {number | undefined} */ (undefined));
  const grouping = useMemo(() => {
    const clusterNames = map.clusterIds.map((id) => `Cluster ${id}`);
    return by === 'label' ? groupsOf(map.labels, map.labelNames) : groupsOf(map.clusters, clusterNames);
  }, [map, by]);
  const colourBy = (/** @type {string} */ next) => {
    setChosen(undefined);
    setParams({ by: next === 'label' ? null : next });
  };
  return h(
    'section',
    { class: 'map', 'aria-labelledby': 'map-title' },
    h(
      'div',
      { class: 'view-head' },
      h('h1', { id: 'map-title' }, 'Map'),
      h('p', { class: 'status' }, counted(map.ids.length, 'image', 'images')),
      h(
        'div',
        { class: 'head-actions' },
        h(WorkButton, { work: { kind: 'map', action: 'Draw again' }, plain: true }),
        h(ColourBy, { by, onChange: colourBy }),
      ),
    ),
    h(
      'div',
      { class: 'map-columns' },
      h(MapCanvas, { map, grouping, chosen }),
      h(Legend, { grouping, chosen, onChoose: setChosen }),
    ),
  );
}

/** @param {{ by: string, onChange: (by: string) => void }} props */
function ColourBy({ by, onChange }) {
  const choice = (/** @type {string} */ value) =>
    h(
      'label',
      { class: 'check' },
      h('input', { type: 'radio', name: 'by', checked: by === value, onChange: () => onChange(value) }),
      value,
    );
  return h(
    'fieldset',
    { class: 'choices' },
    h('legend', { class: 'unseen' }, 'Coloured by'),
    choice('label'),
    choice('cluster'),
  );
}

/** A click shows one group alone. @param {{ grouping: import('./groups.js').Grouping, chosen: number | undefined, onChoose: (group: number | undefined) => void }} props */
function Legend({ grouping, chosen, onChoose }) {
  return h(
    'ul',
    { class: 'legend', 'aria-label': 'Groups by colour' },
    grouping.groups.map(({ name, count, colour }, i) => {
      const pressed = chosen === i + 1;
      const button = {
        type: 'button',
        'aria-pressed': pressed,
        onClick: () => onChoose(pressed ? undefined : i + 1),
      };
      return h(
        'li',
        { key: name },
        h(
          'button',
          button,
          h('span', { class: 'dot', style: { background: cssColour(colour) } }),
          h('span', { class: 'name' }, readable(name)),
          h('span', { class: 'count' }, figure(count)),
        ),
      );
    }),
  );
}
