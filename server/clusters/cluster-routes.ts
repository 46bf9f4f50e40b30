/** Clusters of a gallery: listed, shown with their members, named, labelled, merged; near duplicates; the map. */
import { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';
import type { ClusterId } from '../../retrieval/gallery/cluster-store.ts';
import type { Gallery, ItemId } from '../../retrieval/gallery/item.ts';
import { galleryParams } from '../galleries/gallery-routes.ts';
import { nextAfter, nextOffset, pageQuery } from '../http/paging.ts';
import { wholeNumber } from '../http/request-values.ts';
import { json, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { itemView, viewItem } from '../views.ts';
import {
  clusterId,
  clusteringView,
  clusterView,
  mapView,
  memberView,
  toClusterId,
  viewCluster,
  viewClustering,
} from './cluster-views.ts';

/** Items that get a label between two turns of the event loop. */
const LABELLED_AT_ONCE = 200;

const PATH = '/v1/galleries/{gallery}/clusters';

const exampleCount = wholeNumber({ min: 0, max: 24 }).default(9).describe('Examples of each cluster');

const clusterParams = galleryParams.extend({ cluster: wholeNumber({ min: 1, max: 2 ** 31 }) });
const clusterList = z.object({
  clustering: clusteringView.nullable().describe('Null where the gallery was not clustered yet'),
  clusters: z.array(clusterView).describe('The largest first'),
  next: nextOffset,
});
const clusterPage = z.object({
  cluster: clusterView,
  members: z.array(memberView).describe('The surest first'),
  next: nextOffset,
});
const naming = z.strictObject({ name: z.string().min(1).max(200).nullable().describe('Null takes it away') });
const labelling = z.strictObject({
  label: z.string().min(1).max(1000).nullable().describe('Null takes it away'),
  unlabelledOnly: z.boolean().default(false).describe('Leave members that have a label as they are'),
});
const changed = z.object({ changed: z.int().describe('Items that were changed') });
const merging = z.strictObject({
  into: clusterId.describe('Keeps its id and name'),
  from: z.array(clusterId).min(1).max(1000).describe('Are gone afterwards'),
});
const duplicatesPage = z.object({
  search: z
    .object({ threshold: z.number(), cohesion: z.number().optional(), createdAt: z.string() })
    .nullable()
    .describe('Null where nobody looked for duplicates yet'),
  total: z.int().describe('Groups'),
  groups: z
    .array(
      z.object({
        group: z.int(),
        cohesion: z.number().describe('The least cosine of any two'),
        items: z.array(itemView).describe('The largest file first'),
      }),
    )
    .describe('The most alike first'),
  next: nextOffset,
});

export function clusterRoutes(parts: Parts): Route[] {
  return [...readRoutes(parts), ...editRoutes(parts), ...viewRoutes(parts)];
}

function readRoutes({ galleries }: Parts): Route[] {
  const list = route(
    {
      method: 'get',
      path: PATH,
      operation: 'listClusters',
      tag: 'clusters',
      scope: 'read',
      summary: 'List clusters',
      description: 'Items that came since the gallery was clustered are in the clusters that they fall in.',
      params: galleryParams,
      query: z.strictObject({ ...pageQuery(100), examples: exampleCount }),
      answer: json(clusterList, 'A page of clusters'),
    },
    async ({ params, query: { offset, limit, examples } }) => {
      const { gallery } = await galleries.get(params.gallery);
      const all = await gallery.clusters.all();
      if (!all) return { clustering: null, clusters: [] };
      const shown = all.clusters.slice(offset, offset + limit);
      const clusters = await Promise.all(shown.map((cluster) => viewCluster(gallery, cluster, examples)));
      const next = nextAfter(offset, shown.length, all.clusters.length);
      return { clustering: viewClustering(all), clusters, ...next };
    },
  );
  const show = route(
    {
      method: 'get',
      path: `${PATH}/{cluster}`,
      operation: 'getCluster',
      tag: 'clusters',
      scope: 'read',
      summary: 'Show a cluster and its members',
      params: clusterParams,
      query: z.strictObject(pageQuery(100)),
      answer: json(clusterPage, 'The cluster, and a page of its members'),
    },
    async ({ params, query: { offset, limit } }) => {
      const { gallery } = await galleries.get(params.gallery);
      const cluster = await gallery.clusters.cluster(toClusterId(params.cluster));
      const members = await gallery.clusters.members(cluster.id, offset, limit);
      const shown = members.flatMap(({ id, confidence }) => {
        const item = gallery.item(id);
        return item ? [{ ...viewItem(gallery.name, item), confidence }] : [];
      });
      const cover = await viewCluster(gallery, cluster, 0);
      return { cluster: cover, members: shown, ...nextAfter(offset, members.length, cluster.size) };
    },
  );
  return [list, show];
}

function editRoutes({ galleries }: Parts): Route[] {
  const shown = async (gallery: Gallery, id: ClusterId) =>
    viewCluster(gallery, await gallery.clusters.cluster(id), 0);
  const rename = route(
    {
      method: 'patch',
      path: `${PATH}/{cluster}`,
      operation: 'nameCluster',
      tag: 'clusters',
      scope: 'write',
      summary: 'Give a cluster a name',
      description: 'It stays with the cluster when the gallery is clustered again.',
      params: clusterParams,
      body: { schema: naming },
      answer: json(clusterView, 'The cluster'),
    },
    async ({ params, body: { name } }) => {
      const { gallery } = await galleries.get(params.gallery);
      await gallery.clusters.rename(toClusterId(params.cluster), name);
      return shown(gallery, toClusterId(params.cluster));
    },
  );
  const label = route(
    {
      method: 'post',
      path: `${PATH}/{cluster}/label`,
      operation: 'labelCluster',
      tag: 'clusters',
      scope: 'write',
      summary: 'Label the members of a cluster',
      params: clusterParams,
      body: { schema: labelling },
      answer: json(changed, 'How many were labelled'),
    },
    async ({ params, body }) => {
      const { gallery } = await galleries.get(params.gallery);
      return { changed: await labelMembers(gallery, toClusterId(params.cluster), body) };
    },
  );
  const merge = route(
    {
      method: 'post',
      path: `${PATH}/merge`,
      operation: 'mergeClusters',
      tag: 'clusters',
      scope: 'write',
      summary: 'Make one cluster of several',
      description: 'They stay one when the gallery is clustered again.',
      params: galleryParams,
      body: { schema: merging },
      answer: json(clusterView, 'The cluster that they are now'),
    },
    async ({ params, body: { into, from } }) => {
      const { gallery } = await galleries.get(params.gallery);
      await gallery.clusters.merge(toClusterId(into), from.map(toClusterId));
      return shown(gallery, toClusterId(into));
    },
  );
  return [rename, label, merge];
}

async function labelMembers(
  gallery: Gallery,
  cluster: ClusterId,
  { label, unlabelledOnly }: z.output<typeof labelling>,
): Promise<number> {
  const { size } = await gallery.clusters.cluster(cluster);
  const members = await gallery.clusters.members(cluster, 0, size);
  const ids = members.map(({ id }) => id).filter((id) => !unlabelledOnly || gallery.item(id)?.label === null);
  let count = 0;
  for (let from = 0; from < ids.length; from += LABELLED_AT_ONCE)
    count += await gallery.patch(ids.slice(from, from + LABELLED_AT_ONCE), { label });
  return count;
}

function viewRoutes({ galleries }: Parts): Route[] {
  const duplicates = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}/duplicates',
      operation: 'listDuplicates',
      tag: 'clusters',
      scope: 'read',
      summary: 'List groups of near duplicates',
      params: galleryParams,
      query: z.strictObject(pageQuery(50)),
      answer: json(duplicatesPage, 'A page of groups'),
    },
    async ({ params, query: { offset, limit } }) => {
      const { gallery } = await galleries.get(params.gallery);
      const found = gallery.duplicates.page(offset, limit);
      if (!found) return { search: null, total: 0, groups: [] };
      const { options, createdAt, total, groups, next } = found;
      const shown = groups.map(({ items, ...group }) => ({ ...group, items: bySize(gallery, items) }));
      return { search: { ...options, createdAt }, total, groups: shown, ...(next !== undefined && { next }) };
    },
  );
  const map = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}/map',
      operation: 'getMap',
      tag: 'clusters',
      scope: 'read',
      summary: 'Every item as a point in the plane',
      params: galleryParams,
      answer: json(mapView, 'The map, in columns'),
    },
    async ({ params }) => {
      const { gallery } = await galleries.get(params.gallery);
      const drawn = await gallery.map.read();
      if (drawn) return { ...drawn, clusterIds: drawn.clusterIds.map(Number) };
      const advice = `Draw it with a job of kind \`map\`, or \`sinter cluster --map --gallery ${gallery.name}\``;
      throw new SinterError('not-found', `The gallery ${gallery.name} has no map yet. ${advice}.`);
    },
  );
  return [duplicates, map];
}

/** The largest file first: of copies it is mostly the original. */
function bySize(gallery: Gallery, ids: ItemId[]): z.output<typeof itemView>[] {
  return ids
    .flatMap((id) => gallery.item(id) ?? [])
    .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1))
    .map((item) => viewItem(gallery.name, item));
}
