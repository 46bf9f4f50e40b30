/**
 * The HTTP face of an open model and an open gallery: search, items, health and the web page.
 * Does not listen, and does not open or close what it is given.
 */
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { SinterError } from '../retrieval/errors.ts';
import type { Gallery } from '../retrieval/gallery/item.ts';
import type { Model } from '../retrieval/model/model.ts';
import { requireAccess } from './access/access.ts';
import type { AccessRules } from './access/exposure.ts';
import { NO_KEYS } from './access/key-ring.ts';
import { type OriginRules, requireSameOrigin } from './access/same-origin.ts';
import { sessionRoutes } from './access/session-routes.ts';
import { answerErrors } from './error-table.ts';
import { healthRoutes } from './health-routes.ts';
import { itemRoutes } from './item-routes.ts';
import { type About, aboutRoutes, pageFiles } from './page-routes.ts';
import { logRequests } from './request-log.ts';
import { searchRoutes } from './search-routes.ts';

export type AppParts = {
  model: Model;
  gallery: Gallery;
  log: Logger;
  about?: About | undefined;
  /** Who may do what; absent: anyone anything, as on loopback without keys. */
  access?: AccessRules;
  /** Where it may be reached from; absent: under the names of loopback, by its own pages. */
  origins?: OriginRules;
  /** Largest image file taken, in bytes; default 20 MiB. */
  maxImageBytes?: number;
  /** Aborted when the server begins to shut down: it is then no longer ready. */
  closing?: AbortSignal;
};

const DEFAULT_MAX_IMAGE_BYTES = 20 * 1024 * 1024;

const OPEN: AccessRules = { keys: NO_KEYS };
const LOOPBACK: OriginRules = { host: '127.0.0.1' };

export function createApp({ maxImageBytes = DEFAULT_MAX_IMAGE_BYTES, ...parts }: AppParts): Express {
  const { log, access = OPEN, origins = LOOPBACK } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(logRequests(log), setSecurityHeaders);
  app.use(healthRoutes(parts), requireSameOrigin(origins), pageFiles(), sessionRoutes(access));
  app.use(requireAccess(access, 'read'));
  app.use(searchRoutes({ ...parts, maxImageBytes }), itemRoutes(parts.gallery), aboutRoutes(parts));
  app.use(refuseUnknown, answerErrors(log));
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
