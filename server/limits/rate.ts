/** How often the holder of a key may ask: so many requests a minute, its own number or the server's. */
import type { RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { accessOf } from '../access/access.ts';
import { RequestError } from '../http/error-table.ts';

const MINUTE_MS = 60_000;

/**
 * Limits requests a minute for each key, to the number that the key says or else to `perMinute`, and for each address of
 * those without a key. Stands behind `requireAccess`; refuses with `rate-limited` (429) and says in Retry-After when to
 * come again. 0: no limit.
 */
export function limitRate(perMinute: number): RequestHandler {
  const limitFor = (response: Response) => accessOf(response).ratePerMinute ?? perMinute;
  return rateLimit({
    windowMs: MINUTE_MS,
    skip: (_request, response) => limitFor(response) === 0,
    limit: (_request, response) => limitFor(response),
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Whose address counts is said by Express's "trust proxy"; the library would print its doubts about it.
    validate: { xForwardedForHeader: false },
    keyGenerator: (request, response) => accessOf(response).key?.id ?? ipKeyGenerator(request.ip ?? ''),
    handler: (_request, response) => {
      const most = limitFor(response);
      throw new RequestError('rate-limited', `Expected at most ${most} requests a minute, got more.`);
    },
  });
}
