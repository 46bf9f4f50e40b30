/**
 * The HTTP face of an open model and an open gallery: search, items, health and the web page.
 * Does not listen, and does not open or close what it is given.
 */
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { SinterError } from '../retrieval/errors.ts';
import type { Gallery } from '../retrieval/gallery/item.ts';
import type { Model } from '../retrieval/model/model.ts';
import { answerErrors } from './error-table.ts';
import { healthRoutes } from './health-routes.ts';
import { itemRoutes } from './item-routes.ts';
import { type About, pageRoutes } from './page-routes.ts';
import { logRequests } from './request-log.ts';
import { searchRoutes } from './search-routes.ts';

export type AppParts = {
  model: Model;
  gallery: Gallery;
  log: Logger;
  about?: About | undefined;
  /** Largest image file taken, in bytes; default 20 MiB. */
  maxImageBytes?: number;
  /** Aborted when the server begins to shut down: it is then no longer ready. */
  closing?: AbortSignal;
};

const DEFAULT_MAX_IMAGE_BYTES = 20 * 1024 * 1024;

export function createApp({ maxImageBytes = DEFAULT_MAX_IMAGE_BYTES, ...parts }: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(logRequests(parts.log), setSecurityHeaders);
  app.use(searchRoutes({ ...parts, maxImageBytes }), healthRoutes(parts), itemRoutes(parts.gallery));
  app.use(pageRoutes(parts), refuseUnknown, answerErrors(parts.log));
  return app;
}

/** For every answer; the page and the images add policies of their own. */
const setSecurityHeaders: express.RequestHandler = (_request, response, next) => {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
  next();
};

const refuseUnknown: express.RequestHandler = (request) => {
  throw new SinterError('not-found', `There is nothing at ${request.method} ${request.path}.`);
};
