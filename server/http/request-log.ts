/** Gives every request an id and logs a line when it is over. Knows nothing of routes. */
import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';

/** What every route can ask about the request in hand; `startedAt` is on the clock of `performance.now()`. */
export type RequestInfo = { requestId: string; startedAt: number };

/** An id that a caller may choose by the header X-Request-Id, to find its request in the log. */
const CALLERS_ID = /^[\w.-]{1,64}$/;

/** Must come before all routes: they read `requestInfo`. */
export function logRequests(log: Logger): RequestHandler {
  return (request, response, next) => {
    const info: RequestInfo = { requestId: idOf(request), startedAt: performance.now() };
    Object.assign(response.locals, info);
    response.setHeader('X-Request-Id', info.requestId);
    response.once('close', () => logOne(log, request, response));
    next();
  };
}

/** The id and the start of the request that `response` answers. */
export function requestInfo(response: Response): RequestInfo {
  return response.locals as RequestInfo;
}

/** Searches and failures at their levels; pictures and assets, which come by the dozen, at `debug`. */
function logOne(log: Logger, request: Request, response: Response): void {
  const { requestId, startedAt } = requestInfo(response);
  const { method, originalUrl } = request;
  const { access } = response.locals as { access?: { key: { id: string } | null } };
  const status = response.statusCode;
  const ms = Math.round((performance.now() - startedAt) * 100) / 100;
  const quiet = method === 'GET' && status < 400;
  const level = status >= 500 ? 'error' : status >= 400 ? 'warn' : quiet ? 'debug' : 'info';
  log[level](
    {
      requestId,
      method,
      url: originalUrl,
      status,
      ms,
      answered: response.writableFinished,
      key: access?.key?.id,
    },
    'request',
  );
}

function idOf(request: Request): string {
  const chosen = request.get('x-request-id');
  return chosen !== undefined && CALLERS_ID.test(chosen) ? chosen : randomUUID();
}
