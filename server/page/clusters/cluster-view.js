// @ts-check
/** One cluster: named, labelled, merged with another; all its members, the surest first, and the clusters next to it. */
import { h } from 'preact';
import { useState } from 'preact/hooks';
import { getCluster, labelCluster, mergeClusters, nameCluster } from '../api/clusters.js';
import { mayWrite } from '../api/session.js';
import { LabelForm } from '../frame/label-form.js';
import { Problem } from '../frame/problem.js';
import { ItemGrid } from '../grid/item-tile.js';
import { ViewOptions } from '../grid/view-options.js';
import { useBlocks } from '../state/blocks.js';
import { confirm } from '../state/dialog.js';
import { galleryChanged } from '../state/gallery.js';
import { say } from '../state/notice.js';
import { galleryName, hrefHere } from '../state/route.js';
import { counted } from '../words.js';
import { titleOf } from './cluster-title.js';

/** @typedef {import('../api/clusters.js').Cluster} Cluster */

/** @param {{ id: string }} props */
export function ClusterView({ id }) {
  const gallery = galleryName.value;
  const blocks = useBlocks(
    async (place, signal) => {
      const { cluster, members } = await getCluster(gallery, id, place, signal);
      return { items: members, total: cluster.size, first: cluster };
    },
    ['cluster', gallery, id],
  );
  const all = h('a', { class: 'back', href: hrefHere('clusters') }, '‹ All clusters');
  if (blocks.error) return h(Problem, { error: blocks.error, onRetry: blocks.again }, all);
  const cluster = blocks.first;
  if (!cluster) return null;
  const { size, cohesion } = cluster;
  return h(
    'section',
    { class: 'cluster', 'aria-labelledby': 'cluster-title' },
    all,
    h(
      'div',
      { class: 'view-head' },
      h('h1', { id: 'cluster-title' }, titleOf(cluster)),
      h('p', { class: 'status' }, `${counted(size, 'image', 'images')}, cohesion ${cohesion.toFixed(2)}`),
      h(ViewOptions, null),
    ),
    mayWrite.value && h(Editing, { key: cluster.id, cluster }),
    h(Nearest, { cluster }),
    h(ItemGrid, { label: 'Members', items: blocks.items, onNeed: blocks.need, fill: blocks.fill }),
  );
}

/** @param {{ cluster: Cluster }} props */
function Editing({ cluster }) {
  const { id, name, size, suggestion } = cluster;
  const [unlabelledOnly, setUnlabelledOnly] = useState(false);
  const gallery = galleryName.value;
  const onName = async (/** @type {string | null} */ next) => {
    await nameCluster(gallery, id, next);
    await galleryChanged();
    say(
      next === null
        ? 'The cluster has no name now.'
        : `The cluster is called “${next}” now, and will be when the gallery is clustered again.`,
    );
  };
  const onLabel = async (/** @type {string | null} */ label) => {
    const { changed } = await labelCluster(gallery, id, label, unlabelledOnly);
    await galleryChanged();
    say(
      `${counted(changed, 'image has', 'images have')} ${label === null ? 'no label' : `the label “${label}”`} now.`,
    );
  };
  const onlyUnlabelled = {
    type: 'checkbox',
    checked: unlabelledOnly,
    onChange: (/** @type {Event} */ event) =>
      setUnlabelledOnly(/** @type {HTMLInputElement} */ (event.currentTarget).checked),
  };
  return h(
    'div',
    { class: 'cluster-editing' },
    h(
      'div',
      { class: 'field' },
      'Label this cluster',
      h(LabelForm, {
        name: 'Label for all members',
        action: `Label ${counted(size, 'image', 'images')}`,
        value: suggestion?.label ?? '',
        onLabel,
      }),
    ),
    h('label', { class: 'check' }, h('input', onlyUnlabelled), 'only those without a label'),
    h(
      'div',
      { class: 'field' },
      'Name it',
      h(LabelForm, { name: 'Name of the cluster', action: 'Save', value: name, onLabel: onName }),
    ),
  );
}

/** The clusters most like it, each to look at or to take in. @param {{ cluster: Cluster }} props */
function Nearest({ cluster: { id, nearest } }) {
  const gallery = galleryName.value;
  if (nearest.length === 0) return null;
  const take = (/** @type {import('../api/clusters.js').Near} */ other) =>
    confirm({
      title: 'Merge the two?',
      text: `All of ${nameOf(other)} comes into this cluster. They stay one when the gallery is clustered again.`,
      action: 'Merge',
      act: async () => {
        await mergeClusters(gallery, id, [other.id]);
        await galleryChanged();
        say('They are one cluster now.');
      },
    });
  return h(
    'div',
    { class: 'nearest' },
    h('h2', { class: 'nearest-title' }, 'Nearest clusters'),
    h(
      'ul',
      { class: 'chips' },
      nearest.slice(0, 6).map((other) =>
        h(
          'li',
          { key: other.id, class: 'chip' },
          h(
            'a',
            { href: hrefHere('clusters', {}, String(other.id)) },
            `${nameOf(other)}, ${other.similarity.toFixed(2)}`,
          ),
          mayWrite.value &&
            h(
              'button',
              {
                type: 'button',
                'aria-label': `Merge ${nameOf(other)} into this cluster`,
                title: 'Merge',
                onClick: () => take(other),
              },
              '+',
            ),
        ),
      ),
    ),
  );
}

/** @param {import('../api/clusters.js').Near} near */
const nameOf = ({ id, name }) => name ?? `cluster ${id}`;
