/**
 * The HTTP face of galleries and models that are open: every route, the document that describes them, and the web page.
 * Does not listen, and does not open or close what it is given.
 */
import express, { type Express, type RequestHandler } from 'express';
import { SinterError } from '../retrieval/errors.ts';
import { refuseFiltered, requireAccess } from './access/access.ts';
import { NO_KEYS } from './access/key-ring.ts';
import { type OriginRules, requireSameOrigin } from './access/same-origin.ts';
import { sessionRoutes } from './access/session-routes.ts';
import { clusterRoutes } from './clusters/cluster-routes.ts';
import { docsPage } from './document/docs-page.ts';
import { documentRoutes } from './document/document-routes.ts';
import { galleryRoutes } from './galleries/gallery-routes.ts';
import { healthRoutes } from './health/health-routes.ts';
import { answerErrors } from './http/error-table.ts';
import { securityHeaders } from './http/headers.ts';
import { logRequests } from './http/request-log.ts';
import { type Route, toRouter } from './http/route.ts';
import { collectionRoutes } from './items/collection-routes.ts';
import { itemRoutes } from './items/item-routes.ts';
import { jobKinds } from './jobs/job-kinds.ts';
import { jobRoutes } from './jobs/job-routes.ts';
import { Jobs } from './jobs/jobs.ts';
import { admit } from './limits/admission.ts';
import { limitTime } from './limits/deadline.ts';
import { limitRate } from './limits/rate.ts';
import { metricRoutes } from './metrics/metric-routes.ts';
import { createMetrics } from './metrics/metrics.ts';
import { measureRequests, nameRoute, observeParts } from './metrics/observe-parts.ts';
import { modelRoutes } from './models/model-routes.ts';
import { pageFiles } from './page-files.ts';
import { DEFAULT_LIMITS, type Limits, type Parts } from './parts.ts';
import { embeddingRoutes } from './search/embedding-routes.ts';
import { searchRoutes } from './search/search-routes.ts';

export type AppParts = Pick<Parts, 'galleries' | 'models' | 'log'> &
  Partial<Pick<Parts, 'access' | 'closing' | 'jobs'>> & {
    limits?: Partial<Limits>;
    /** Where it may be reached from; absent: under the names of loopback, by its own pages. */
    origins?: OriginRules;
    /** How many proxies stand before it, whose X-Forwarded-For and -Proto are believed; default 0. */
    trustedProxies?: number | undefined;
  };

const LOOPBACK: OriginRules = { host: '127.0.0.1' };

export function createApp({ origins = LOOPBACK, trustedProxies = 0, ...given }: AppParts): Express {
  const parts = completed(given);
  const { health, others } = routesOf(parts);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustedProxies);
  app.use(logRequests(parts.log), measureRequests(parts.metrics));
  app.use(securityHeaders(origins.corsOrigins), limitTime(parts.limits.timeoutMs));
  app.use(
    toRouter(health, named),
    requireSameOrigin(origins),
    toRouter(others, guardOf(parts)),
    ...pageFiles(),
    docsPage(),
  );
  app.use(requireAccess(parts.access, 'read'), refuseUnknown, answerErrors(parts.log));
  return app;
}

function completed(given: Omit<AppParts, 'origins' | 'trustedProxies'>): Parts {
  const limits = { ...DEFAULT_LIMITS, ...given.limits };
  const access = given.access ?? { keys: NO_KEYS };
  const metrics = createMetrics();
  observeParts({ ...given, metrics });
  const jobs = new Jobs({ ...given, kinds: jobKinds({ indexRoots: [], allowSvg: limits.allowSvg }) });
  return { closing: new AbortController().signal, jobs, ...given, access, limits, metrics };
}

/** Every route of the server. Health is asked for by whatever name; of the others searches come first: their latency counts. */
function routesOf(parts: Parts): { health: Route[]; others: Route[] } {
  const health = healthRoutes(parts);
  const others = [
    ...searchRoutes(parts),
    ...itemRoutes(parts),
    ...collectionRoutes(parts),
    ...clusterRoutes(parts),
    ...galleryRoutes(parts),
    ...modelRoutes(parts),
    ...jobRoutes(parts),
    ...embeddingRoutes(parts),
    ...sessionRoutes(parts.access),
    ...metricRoutes(parts),
  ];
  others.push(...documentRoutes(() => [...others, ...health]));
  return { health, others };
}

/** What stands before a route: who calls is known before any of the body is read. */
function guardOf({ access, limits }: Parts): (route: Route) => RequestHandler[] {
  const limited = [limitRate(limits.ratePerMinute), admit(limits.admission)];
  return (route) => {
    if (route.scope === 'open') return named(route);
    const filtered = route.heedsFilter ? [] : [refuseFiltered];
    return [...named(route), requireAccess(access, route.scope), ...filtered, ...limited];
  };
}

function named({ path }: Route): RequestHandler[] {
  return [nameRoute(path)];
}

const refuseUnknown: RequestHandler = (request) => {
  throw new SinterError('not-found', `There is nothing at ${request.method} ${request.path}.`);
};
