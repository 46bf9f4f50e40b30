/** Sends the images of items: the file as it is, or a thumbnail; once a browser has one it is not sent again. */
import { open } from 'node:fs/promises';
import type { Request, Response } from 'express';
import { SinterError } from '../../retrieval/errors.ts';
import type { Item } from '../../retrieval/gallery/item.ts';
import { type ImageFormat, imageFormat, requireReadableFormat } from '../../retrieval/image/format.ts';
import { imageVersion } from '../views.ts';
import type { Thumbnails } from './thumbnails.ts';

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

/** The file as it is. Only the gallery knows its path, so no request can reach another file. */
export async function sendImage(
  item: Item,
  allowSvg: boolean,
  request: Request,
  response: Response,
): Promise<void> {
  const type = await contentType(item, allowSvg);
  setImageHeaders(item, item.contentHash, request, response);
  response.setHeader('Content-Type', type);
  const options = { dotfiles: 'allow', cacheControl: false, lastModified: false } as const;
  await new Promise<void>((resolve, reject) => {
    response.sendFile(item.source, options, (error) => (error ? reject(readError(item, error)) : resolve()));
  });
}

/** A webp that fits into `size` × `size` pixels. */
export async function sendThumbnail(
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

/** By the file's content: its name may say anything. Throws `not-an-image` for an SVG where there should be none. */
async function contentType(item: Item, allowSvg: boolean): Promise<string> {
  const head = await readHead(item.source).catch((error) => Promise.reject(readError(item, error)));
  const format = imageFormat(head);
  if (format === 'svg') requireReadableFormat(head, allowSvg);
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
