/** How often the holder of a key may ask: so many requests a minute, its own number or the server's. */
import type { RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { accessOf } from '../access/access.ts';
import { RequestError } from '../error-table.ts';

const MINUTE_MS = 60_000;

/**
 * Limits requests a minute for each key, and for each address of those without one. Stands behind `requireAccess`;
 * refuses with `rate-limited` (429) and says in Retry-After when to come again. 0: no limit.
 */
export function limitRate(perMinute: number): RequestHandler {
  if (perMinute === 0) return (_request, _response, next) => next();
  return rateLimit({
    windowMs: MINUTE_MS,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Whose address counts is said by Express's "trust proxy"; the library would print its doubts about it.
    validate: { xForwardedForHeader: false },
    keyGenerator: (request, response) => accessOf(response).keyId ?? ipKeyGenerator(request.ip ?? ''),
    handler: () => {
      throw new RequestError('rate-limited', `Expected at most ${perMinute} requests a minute, got more.`);
    },
  });
}
