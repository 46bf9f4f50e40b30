/** Many items of a gallery at once: listed, uploaded, labelled, removed; and what labels and fields they have. */
import { z } from 'zod';
import { filterSchema } from '../../retrieval/gallery/filter.ts';
import type { ItemId } from '../../retrieval/gallery/item.ts';
import { visibleTo } from '../access/visible-galleries.ts';
import { galleryParams } from '../galleries/gallery-routes.ts';
import { orJsonText, wholeNumber } from '../http/request-values.ts';
import { json, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { itemView, viewItem } from '../views.ts';
import { patchFields, requireChange, toPatch } from './item-values.ts';
import { uploadRoute } from './upload-route.ts';

/** Most items that one request names. */
const MAX_IDS = 10_000;
const IDS_BYTES = 2 * 1024 * 1024;
const MOST_OFFSET = 1_000_000_000;

const PATH = '/v1/galleries/{gallery}/items';

const filter = orJsonText(filterSchema).optional().describe('Those alone that it lets through');
const listQuery = z.strictObject({
  filter,
  after: z.string().optional().describe('The `next` of the page before'),
  offset: wholeNumber({ min: 0, max: MOST_OFFSET })
    .optional()
    .describe('How many to pass over, for a jump; to read all of them `after` is faster'),
  limit: wholeNumber({ min: 1, max: 1000 }).default(100),
});
const itemPage = z.object({
  items: z.array(itemView).describe('In order of id'),
  next: z.string().optional().describe('What `after` is for the next page; absent on the last'),
  total: z.int().optional().describe('Items that the filter lets through; where `offset` was given'),
});

const ids = z.array(z.string()).min(1).max(MAX_IDS);
const bulkPatch = z.strictObject({ ids, ...patchFields }).check(requireChange);
const changed = z.object({ changed: z.int().describe('Items that are there and were changed') });
const removal = z.strictObject({ ids });
const removed = z.object({ removed: z.int().describe('Items that were there and are gone') });

const labelCounts = z.object({
  labels: z.array(z.object({ label: z.string().nullable(), count: z.int() })).describe('Most frequent first'),
});
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const bound = z.union([z.string(), z.number()]);
const fields = z.object({
  fields: z.array(
    z.object({
      field: z.string().describe('As a filter names it'),
      kind: z.enum(['text', 'number', 'boolean']),
      items: z.int().describe('Items that have it'),
      distinct: z.int().describe('Different values'),
      values: z.array(z.object({ value: scalar, count: z.int() })).describe('The most frequent, at most 20'),
      range: z.object({ min: bound, max: bound }).optional(),
    }),
  ),
});

export function collectionRoutes(parts: Parts): Route[] {
  return [...listRoutes(parts), uploadRoute(parts), ...changeRoutes(parts)];
}

function listRoutes({ galleries }: Parts): Route[] {
  const list = route(
    {
      method: 'get',
      path: PATH,
      operation: 'listItems',
      tag: 'items',
      scope: 'read',
      heedsFilter: true,
      summary: 'List items',
      params: galleryParams,
      query: listQuery,
      answer: json(itemPage, 'A page of items'),
    },
    async ({ params, query: { after, ...options }, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      const { items, next } = await gallery.list({ ...options, after: after as ItemId | undefined });
      const total = options.offset === undefined ? undefined : await gallery.count(options.filter);
      return {
        items: items.map((item) => viewItem(gallery.name, item)),
        ...(next !== undefined && { next }),
        ...(total !== undefined && { total }),
      };
    },
  );
  const labels = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}/labels',
      operation: 'listLabels',
      tag: 'items',
      scope: 'read',
      heedsFilter: true,
      summary: 'Labels and how many items have them',
      params: galleryParams,
      query: z.strictObject({ filter }),
      answer: json(labelCounts, 'The labels; null stands for items without one'),
    },
    async ({ params, query, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      return { labels: await gallery.labels(query.filter) };
    },
  );
  const listFields = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}/fields',
      operation: 'listFields',
      tag: 'items',
      scope: 'read',
      heedsFilter: true,
      summary: 'What can be filtered by in the metadata',
      params: galleryParams,
      query: z.strictObject({ filter }),
      answer: json(fields, 'At most 100 fields'),
    },
    async ({ params, query, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      return { fields: await gallery.fields(query.filter) };
    },
  );
  return [list, labels, listFields];
}

function changeRoutes({ galleries }: Parts): Route[] {
  const patch = route(
    {
      method: 'patch',
      path: PATH,
      operation: 'patchItems',
      tag: 'items',
      scope: 'write',
      heedsFilter: true,
      summary: 'Change the label or metadata of many items',
      description: 'Ids that are not there are passed over.',
      params: galleryParams,
      body: { schema: bulkPatch, maxJsonBytes: IDS_BYTES },
      answer: json(changed, 'How many were changed'),
    },
    async ({ params, body: { ids, ...change }, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      return { changed: await gallery.patch(ids as ItemId[], toPatch(change)) };
    },
  );
  const remove = route(
    {
      method: 'post',
      path: `${PATH}/remove`,
      operation: 'removeItems',
      tag: 'items',
      scope: 'write',
      heedsFilter: true,
      summary: 'Remove many items',
      description: 'Ids that are not there are passed over.',
      params: galleryParams,
      body: { schema: removal, maxJsonBytes: IDS_BYTES },
      answer: json(removed, 'How many were removed'),
    },
    async ({ params, body, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      return { removed: await gallery.remove(body.ids as ItemId[]) };
    },
  );
  return [patch, remove];
}
