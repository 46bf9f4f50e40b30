// @ts-check
/** The cluster that the query falls in. */
import { h } from 'preact';
import { getCluster } from '../api/clusters.js';
import { titleOf } from '../clusters/cluster-title.js';
import { useLoaded } from '../state/loaded.js';
import { galleryName, hrefHere } from '../state/route.js';

/**
 * What one without a name is called, its members say, which a search does not ask: a key for some items may not know it.
 * @param {{ cluster: import('../api/items.js').ClusterOf }} props
 */
export function FallsIn({ cluster: { id, name, confidence } }) {
  const gallery = galleryName.value;
  const load = async (/** @type {AbortSignal} */ signal) =>
    name === null
      ? (await getCluster(gallery, String(id), { offset: 0, limit: 1 }, signal)).cluster
      : undefined;
  const unnamed = useLoaded(load, [gallery, id, name]);
  const title = titleOf(unnamed.value ?? { id, name, suggestion: null });
  return h(
    'p',
    { class: 'falls-in' },
    'Falls in ',
    // As among all clusters, a name that nobody gave is paler.
    h('a', { href: hrefHere('clusters', {}, String(id)), class: name === null ? 'soft' : undefined }, title),
    h('span', { class: 'count' }, `, ${Math.round(confidence * 100)}% sure`),
  );
}
