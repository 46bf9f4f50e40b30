/** How the page gets its key: PUT /v1/session keeps one in a cookie, GET says what it allows, DELETE forgets it. */
import express, { Router } from 'express';
import { z } from 'zod';
import { RequestError } from '../error-table.ts';
import { check } from '../request-values.ts';
import { accessFor } from './access.ts';
import { clearCookie, keepInCookie } from './credentials.ts';
import type { AccessRules } from './exposure.ts';

const sessionBody = z.strictObject({
  key: z.string({ error: 'Expected "key" to be an API key, as a string.' }).min(1).max(200),
});

export function sessionRoutes(rules: AccessRules): Router {
  const router = Router();
  router.put('/v1/session', express.json({ limit: '1kb' }), async (request, response) => {
    const { key: secret } = check(sessionBody, request.body);
    const key = await rules.keys.find(secret);
    if (!key) throw new RequestError('unauthorized', 'This API key is unknown or was revoked.');
    keepInCookie(response, secret, request.secure);
    response.json({ scope: key.scope, gallery: key.gallery ?? null });
  });
  router.delete('/v1/session', (_request, response) => {
    clearCookie(response);
    response.status(204).end();
  });
  router.get('/v1/session', async (request, response) => {
    const { scope, gallery } = await accessFor(request, rules);
    response.json({ scope, gallery: gallery ?? null });
  });
  return router;
}
