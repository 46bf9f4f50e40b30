// @ts-check
/** Clusters: each as a mosaic of its surest members, the largest first; one of them with all its members. */
import { h } from 'preact';
import { listClusters } from '../api/clusters.js';
import { Problem } from '../frame/problem.js';
import { WorkButton, WorkFirst } from '../frame/work-first.js';
import { Picture } from '../grid/picture.js';
import { TileGrid } from '../grid/tile-grid.js';
import { usePages } from '../state/pages.js';
import { galleryName, hrefHere, route } from '../state/route.js';
import { counted } from '../words.js';
import { titleOf } from './cluster-title.js';
import { ClusterView } from './cluster-view.js';
import { clusterWork, MethodChoice } from './method-choice.js';

/** @typedef {import('../api/clusters.js').Cluster} Cluster */

const PAGE = 60;
const CAPTION_PX = 50;

export function ClustersView() {
  const { part } = route.value;
  return part === null ? h(Mosaics, null) : h(ClusterView, { key: part, id: part });
}

function Mosaics() {
  const gallery = galleryName.value;
  const pages = usePages(
    async (cursor, signal) => {
      const { clusters, next, clustering } = await listClusters(
        gallery,
        { offset: Number(cursor ?? 0), limit: PAGE },
        signal,
      );
      return { items: clusters, next, first: { clustering } };
    },
    ['clusters', gallery],
  );
  if (pages.error) return h(Problem, { error: pages.error, onRetry: pages.again });
  if (!pages.first) return null;
  const { clustering } = pages.first;
  if (!clustering)
    return h(WorkFirst, { ...NONE_YET, work: clusterWork('Find clusters'), options: h(MethodChoice, null) });
  const { items } = pages;
  const tile = (/** @type {import('../grid/tile-grid.js').Place} */ place) => {
    const cluster = items[place.index];
    return cluster && h(Mosaic, { cluster, ...place });
  };
  return h(
    'section',
    { class: 'clusters', 'aria-labelledby': 'clusters-title' },
    h(
      'div',
      { class: 'view-head' },
      h('h1', { id: 'clusters-title' }, 'Clusters'),
      h('p', { class: 'status', role: 'status' }, statusOf(clustering)),
      h(
        'div',
        { class: 'head-actions' },
        h(MethodChoice, null),
        h(WorkButton, { work: clusterWork('Cluster again'), plain: true }),
      ),
    ),
    h(TileGrid, {
      label: 'Clusters',
      total: clustering.clusters,
      captionPx: CAPTION_PX,
      smallestPx: 210,
      keyAt: (index) => items[index] && String(items[index]?.id),
      tile,
      onNeed: pages.need,
    }),
  );
}

const NONE_YET = {
  title: 'No clusters yet',
  text: 'Images that belong together, found without labels: name them, label them in one go, see what is odd.',
  command: 'sinter cluster --gallery NAME',
};

/** @param {import('../api/clusters.js').Clustering} clustering */
function statusOf({ clusters, items, noise }) {
  const rest = noise > 0 ? `, ${counted(noise, 'image', 'images')} in none` : '';
  return `${counted(clusters, 'cluster', 'clusters')} of ${counted(items, 'image', 'images')}${rest}`;
}

/** @param {{ cluster: Cluster, active: boolean, tilePx: number }} props */
function Mosaic({ cluster, active, tilePx }) {
  const { id, size, cohesion, examples } = cluster;
  const side = examples.length >= 9 ? 3 : examples.length >= 4 ? 2 : 1;
  const shown = examples.slice(0, side * side);
  const link = {
    class: 'tile-link',
    href: hrefHere('clusters', {}, String(id)),
    tabIndex: active ? 0 : -1,
    draggable: false,
  };
  return h(
    'a',
    link,
    h(
      'span',
      { class: `mosaic side-${side}` },
      shown.map(({ id, imageUrl }) => h(Picture, { key: id, imageUrl, px: tilePx / side })),
    ),
    h(
      'span',
      { class: 'caption' },
      h('span', { class: cluster.name ? 'name' : 'name soft' }, titleOf(cluster)),
      h('span', { class: 'count' }, size.toLocaleString('en')),
      h('span', { class: 'details' }, `${suggestionOf(cluster)}cohesion ${cohesion.toFixed(2)}`),
    ),
  );
}

/** @param {Cluster} cluster */
function suggestionOf({ suggestion }) {
  return suggestion ? `${suggestion.votes} of ${suggestion.labelled} labelled so · ` : 'no labels · ';
}
