/** The web page and what it needs to know: its files, and GET /v1/about. Nothing is built: the browser gets them as they are. */
import { existsSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type RequestHandler, Router } from 'express';
import type { Gallery } from '../retrieval/gallery/item.ts';
import type { Model } from '../retrieval/model/model.ts';
import { viewGallery, viewModel } from './views.ts';

/** Whose work the images of a gallery are. */
export type Credit = { name: string; author: string; licence: string; licenceUrl?: string; url: string };

/** What the page says about the gallery it shows. */
export type About = { title: string; notes?: string; credits?: Credit[] };

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

type Parts = { model: Model; gallery: Gallery; about?: About | undefined };

/** What the page asks first. */
export function aboutRoutes({ model, gallery, about }: Parts): Router {
  return Router().get('/v1/about', (_request, response) => {
    response.json({
      title: about?.title ?? gallery.name,
      notes: about?.notes ?? null,
      credits: about?.credits ?? [],
      model: viewModel(model),
      gallery: viewGallery(gallery),
    });
  });
}

/** The files of the page, which hold nothing of any gallery. */
export function pageFiles(): RequestHandler {
  return express.static(pageFolder(), { redirect: false, setHeaders: setPageHeaders });
}

/** The files keep their names from one version to the next, so browsers must ask whether they have changed. */
function setPageHeaders(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-cache');
  response.setHeader('Content-Security-Policy', PAGE_POLICY);
}

/** `server/page` of the package, which is one folder further up when this module was compiled into `dist`. */
function pageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    if (folder === dirname(folder))
      throw new Error('Expected a package.json above the server. This is a bug.');
    folder = dirname(folder);
  }
  return join(folder, 'server', 'page');
}
