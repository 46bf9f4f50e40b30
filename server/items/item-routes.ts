/** One item of a gallery and its image, under /v1/galleries/{gallery}/items/{id}. */
import type { Response } from 'express';
import { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';
import type { Gallery, Item, ItemId } from '../../retrieval/gallery/item.ts';
import { visibleTo } from '../access/visible-galleries.ts';
import { galleryParams } from '../galleries/gallery-routes.ts';
import { whenClientLeaves } from '../http/client-leaves.ts';
import { wholeNumber } from '../http/request-values.ts';
import { bytes, json, nothing, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { base64Length, imageBytes } from '../search/image-bytes.ts';
import { itemView, viewItem } from '../views.ts';
import { sendImage, sendThumbnail } from './item-image.ts';
import { labelValue, metadataValue, newItemId, patchFields, requireChange, toPatch } from './item-values.ts';
import { CONDITIONS, requireVersion, tellVersion } from './item-version.ts';
import { storeItems } from './store-items.ts';
import { Thumbnails } from './thumbnails.ts';

const itemParams = galleryParams.extend({ id: z.string() });
const newItemParams = galleryParams.extend({ id: newItemId });

const newItem = z.strictObject({
  image: imageBytes,
  label: labelValue.default(null),
  metadata: metadataValue.default({}),
});
const patch = z.strictObject(patchFields).check(requireChange);

const version = z.string().optional().describe('From `imageUrl`: with it the image may be kept for good');
const imageQuery = z.strictObject({ v: version });
const thumbnailQuery = z.strictObject({ v: version, size: wholeNumber({ min: 32, max: 1024 }).default(320) });

const PATH = '/v1/galleries/{gallery}/items/{id}';

export function itemRoutes(parts: Parts): Route[] {
  return [...recordRoutes(parts), ...imageRoutes(parts)];
}

function recordRoutes({ galleries, limits: { maxImageBytes } }: Parts): Route[] {
  const show = route(
    {
      method: 'get',
      path: PATH,
      operation: 'getItem',
      tag: 'items',
      scope: 'read',
      heedsFilter: true,
      summary: 'Show an item',
      params: itemParams,
      answer: json(itemView, 'The item'),
    },
    async ({ params, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      return shown(gallery, params.id, response);
    },
  );
  const put = route(
    {
      method: 'put',
      path: PATH,
      operation: 'putItem',
      tag: 'items',
      scope: 'write',
      heedsFilter: true,
      summary: 'Add an item, or replace the one of this id',
      description: `The image is embedded and kept. Once it is answered, everything is on disk and can be found. ${CONDITIONS} With \`If-None-Match: *\` none is replaced.`,
      params: newItemParams,
      body: {
        schema: newItem,
        maxJsonBytes: base64Length(maxImageBytes) + 256 * 1024,
        form: { file: 'image', maxFileBytes: maxImageBytes },
      },
      answer: json(itemView, 'The item as it is now'),
    },
    async ({ params: { gallery: name, id }, body: { image, ...values }, request, response }) => {
      const visible = visibleTo(response, galleries);
      const upload = { id, bytes: image, ...values };
      const [outcome] = await storeItems(visible, name, [upload], {
        signal: whenClientLeaves(response),
        allow: ({ before }) => requireVersion(request, before),
      });
      if (outcome?.error) throw outcome.error;
      return shown((await visible.get(name)).gallery, id, response);
    },
  );
  const change = route(
    {
      method: 'patch',
      path: PATH,
      operation: 'patchItem',
      tag: 'items',
      scope: 'write',
      heedsFilter: true,
      summary: 'Change the label or metadata of an item',
      description: CONDITIONS,
      params: itemParams,
      body: { schema: patch },
      answer: json(itemView, 'The item as it is now'),
    },
    async ({ params, body, request, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      const { id } = findItem(gallery, params.id);
      await gallery.patch([id], toPatch(body), { allow: ({ before }) => requireVersion(request, before) });
      return shown(gallery, params.id, response);
    },
  );
  const remove = route(
    {
      method: 'delete',
      path: PATH,
      operation: 'removeItem',
      tag: 'items',
      scope: 'write',
      heedsFilter: true,
      summary: 'Remove an item',
      description: `Its image goes too if it was uploaded; one that was indexed from a folder stays there. ${CONDITIONS}`,
      params: itemParams,
      answer: nothing('It is gone'),
    },
    async ({ params, request, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      const { id } = findItem(gallery, params.id);
      await gallery.remove([id], { allow: ({ before }) => requireVersion(request, before) });
    },
  );
  return [show, put, change, remove];
}

function imageRoutes({ galleries, limits: { allowSvg } }: Parts): Route[] {
  const thumbnails = new Thumbnails(allowSvg);
  const image = route(
    {
      method: 'get',
      path: `${PATH}/image`,
      operation: 'getItemImage',
      tag: 'items',
      scope: 'read',
      heedsFilter: true,
      summary: 'The image of an item, as it was indexed',
      params: itemParams,
      query: imageQuery,
      answer: bytes('image/*', 'The image file'),
    },
    async ({ params, request, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      await sendImage(findItem(gallery, params.id), allowSvg, request, response);
    },
  );
  const thumbnail = route(
    {
      method: 'get',
      path: `${PATH}/thumbnail`,
      operation: 'getItemThumbnail',
      tag: 'items',
      scope: 'read',
      heedsFilter: true,
      summary: 'The image of an item, small',
      description: 'Fits into `size` × `size` pixels and is never enlarged.',
      params: itemParams,
      query: thumbnailQuery,
      answer: bytes('image/webp', 'The thumbnail'),
    },
    async ({ params, query: { size }, request, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      await sendThumbnail(findItem(gallery, params.id), size, thumbnails, request, response);
    },
  );
  return [image, thumbnail];
}

/** An item as an answer, with its version. */
function shown(gallery: Gallery, id: string, response: Response): z.output<typeof itemView> {
  const item = findItem(gallery, id);
  tellVersion(response, item);
  return viewItem(gallery.name, item);
}

/** The item of this id. Throws `not-found`. */
export function findItem(gallery: Gallery, id: string): Item {
  const item = gallery.item(id as ItemId);
  if (item) return item;
  throw new SinterError('not-found', `The gallery ${gallery.name} has no item "${id}".`);
}
