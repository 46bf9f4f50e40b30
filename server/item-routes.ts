/** The items of a gallery and their images, under /v1/galleries/{gallery}/items. */
import { z } from 'zod';
import { SinterError } from '../retrieval/errors.ts';
import type { Gallery, Item, ItemId } from '../retrieval/gallery/item.ts';
import { galleryParams } from './gallery-routes.ts';
import { sendImage, sendThumbnail } from './item-image.ts';
import type { Parts } from './parts.ts';
import { wholeNumber } from './request-values.ts';
import { bytes, json, type Route, route } from './route.ts';
import { Thumbnails } from './thumbnails.ts';
import { itemView, viewItem } from './views.ts';

export const itemParams = galleryParams.extend({ id: z.string() });

const version = z.string().optional().describe('From `imageUrl`: with it the image may be kept for good');
const imageQuery = z.strictObject({ v: version });
const thumbnailQuery = z.strictObject({ v: version, size: wholeNumber({ min: 32, max: 1024 }).default(320) });

export function itemRoutes({ galleries }: Parts): Route[] {
  const thumbnails = new Thumbnails();
  const show = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}/items/{id}',
      operation: 'getItem',
      tag: 'items',
      scope: 'read',
      summary: 'Show an item',
      params: itemParams,
      answer: json(itemView, 'The item'),
    },
    async ({ params }) => {
      const { gallery } = await galleries.get(params.gallery);
      return viewItem(gallery.name, findItem(gallery, params.id));
    },
  );
  const image = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}/items/{id}/image',
      operation: 'getItemImage',
      tag: 'items',
      scope: 'read',
      summary: 'The image of an item, as it was indexed',
      params: itemParams,
      query: imageQuery,
      answer: bytes('image/*', 'The image file'),
    },
    async ({ params, request, response }) => {
      const { gallery } = await galleries.get(params.gallery);
      await sendImage(findItem(gallery, params.id), request, response);
    },
  );
  const thumbnail = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}/items/{id}/thumbnail',
      operation: 'getItemThumbnail',
      tag: 'items',
      scope: 'read',
      summary: 'The image of an item, small',
      description: 'Fits into `size` × `size` pixels and is never enlarged.',
      params: itemParams,
      query: thumbnailQuery,
      answer: bytes('image/webp', 'The thumbnail'),
    },
    async ({ params, query: { size }, request, response }) => {
      const { gallery } = await galleries.get(params.gallery);
      await sendThumbnail(findItem(gallery, params.id), size, thumbnails, request, response);
    },
  );
  return [show, image, thumbnail];
}

/** The item of this id. Throws `not-found`. */
export function findItem(gallery: Gallery, id: string): Item {
  const item = gallery.item(id as ItemId);
  if (item) return item;
  throw new SinterError('not-found', `The gallery ${gallery.name} has no item "${id}".`);
}
