/** The items of the gallery and their images: GET /v1/items/{id}, /v1/items/{id}/image and /v1/examples. */
import { open } from 'node:fs/promises';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { SinterError } from '../retrieval/errors.ts';
import type { Gallery, Item, ItemId } from '../retrieval/gallery/item.ts';
import { type ImageFormat, imageFormat } from '../retrieval/image/format.ts';
import { check, wholeNumber } from './request-values.ts';
import { Thumbnails } from './thumbnails.ts';
import { imageUrl, imageVersion, viewItem } from './views.ts';

const examplesQuery = z.object({
  n: wholeNumber({ name: 'n', min: 1, max: 100 }).default(12),
  seed: wholeNumber({ name: 'seed', min: 0, max: 2 ** 31 - 1 }).default(1),
});
const imageQuery = z.object({ size: wholeNumber({ name: 'size', min: 32, max: 1024 }).optional() });

/** Enough to tell formats apart by. */
const HEAD_BYTES = 1024;

const CONTENT_TYPES: Partial<Record<ImageFormat, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  tiff: 'image/tiff',
  avif: 'image/avif',
  svg: 'image/svg+xml',
};

/** An image may be an SVG, which is a document: opened by itself it must not run or load anything. */
const IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

export function itemRoutes(gallery: Gallery): Router {
  const thumbnails = new Thumbnails();
  const router = Router();
  router.get('/v1/items/:id', (request, response) => {
    response.json(viewItem(find(gallery, request)));
  });
  router.get('/v1/items/:id/image', async (request, response) => {
    const { size } = check(imageQuery, request.query);
    const item = find(gallery, request);
    if (size === undefined) await sendFile(item, request, response);
    else await sendThumbnail(item, size, thumbnails, request, response);
  });
  router.get('/v1/examples', (request, response) => {
    const { n, seed } = check(examplesQuery, request.query);
    const examples = gallery
      .sample(n, seed)
      .map((item) => ({ id: item.id, label: item.label, imageUrl: imageUrl(item) }));
    response.json({ examples });
  });
  return router;
}

function find(gallery: Gallery, request: Request<{ id: string }>): Item {
  const item = gallery.item(request.params.id as ItemId);
  if (item) return item;
  throw new SinterError('not-found', `The gallery ${gallery.name} has no item "${request.params.id}".`);
}

/** The file as it is. Only the gallery knows its path, so no request can reach another file. */
async function sendFile(item: Item, request: Request, response: Response): Promise<void> {
  setImageHeaders(item, item.contentHash, request, response);
  response.setHeader('Content-Type', await contentType(item));
  const options = { dotfiles: 'allow', cacheControl: false, lastModified: false } as const;
  await new Promise<void>((resolve, reject) => {
    response.sendFile(item.source, options, (error) => (error ? reject(readError(item, error)) : resolve()));
  });
}

async function sendThumbnail(
  item: Item,
  size: number,
  thumbnails: Thumbnails,
  request: Request,
  response: Response,
): Promise<void> {
  setImageHeaders(item, `${item.contentHash}-${size}`, request, response);
  if (request.fresh) return void response.status(304).end();
  const webp = await thumbnails.of(item, size).catch((error) => Promise.reject(readError(item, error)));
  response.type('image/webp').send(webp);
}

/** Under the URL that carries the content's version an image stays for good; under another it is asked for again. */
function setImageHeaders(item: Item, etag: string, request: Request, response: Response): void {
  const named = request.query.v === imageVersion(item);
  response.setHeader('ETag', `"${etag}"`);
  response.setHeader('Cache-Control', named ? 'private, max-age=31536000, immutable' : 'private, no-cache');
  response.setHeader('Content-Security-Policy', IMAGE_POLICY);
}

/** By the file's content: its name may say anything. */
async function contentType(item: Item): Promise<string> {
  const head = await readHead(item.source).catch((error) => Promise.reject(readError(item, error)));
  const format = imageFormat(head);
  return (format && CONTENT_TYPES[format]) ?? 'application/octet-stream';
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function readError(item: Item, error: unknown): unknown {
  const { code } = error as { code?: string };
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return error;
  const message = `The image file of the item "${item.id}" is no longer there. Index its folder again.`;
  return new SinterError('not-found', message, { cause: error });
}
