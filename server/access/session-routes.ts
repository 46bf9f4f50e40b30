/** How the page gets its key: PUT /v1/session keeps one in a cookie, GET says what it allows, DELETE forgets it. */
import { z } from 'zod';
import { json, nothing, type Route, route } from '../http/route.ts';
import { type Access, accessBy, accessFor, validKey } from './access.ts';
import { SCOPES } from './access-key.ts';
import { clearCookie, keepInCookie } from './credentials.ts';
import type { AccessRules } from './exposure.ts';

const newSession = z.strictObject({ key: z.string().min(1).max(200).describe('An API key') });

const grant = z
  .object({
    scope: z.enum(SCOPES),
    gallery: z.string().nullable().describe('The one that it is for; null: all'),
    key: z
      .object({ name: z.string(), expiresAt: z.string().nullable().describe('ISO 8601, UTC; null: never') })
      .nullable()
      .describe('By which key; null without one'),
  })
  .meta({ id: 'Grant' });

export function sessionRoutes(rules: AccessRules): Route[] {
  const begin = route(
    {
      method: 'put',
      path: '/v1/session',
      operation: 'beginSession',
      tag: 'server',
      scope: 'open',
      summary: 'Keep an API key in a cookie that scripts cannot read',
      body: { schema: newSession, maxJsonBytes: 1024 },
      answer: json(grant, 'What the key allows'),
    },
    async ({ body: { key: secret }, request, response }) => {
      const key = await validKey(rules, secret);
      keepInCookie(response, secret, request.secure);
      return viewGrant(accessBy(key));
    },
  );
  const end = route(
    {
      method: 'delete',
      path: '/v1/session',
      operation: 'endSession',
      tag: 'server',
      scope: 'open',
      summary: 'Forget the key in the cookie',
      answer: nothing('It is forgotten'),
    },
    ({ response }) => clearCookie(response),
  );
  const show = route(
    {
      method: 'get',
      path: '/v1/session',
      operation: 'getSession',
      tag: 'server',
      scope: 'open',
      summary: 'What the caller may do, by a key or without one',
      answer: json(grant, 'What is allowed'),
    },
    async ({ request }) => viewGrant(await accessFor(request, rules)),
  );
  return [begin, end, show];
}

function viewGrant({ scope, gallery, key }: Access): z.output<typeof grant> {
  return {
    scope,
    gallery: gallery ?? null,
    key: key && { name: key.name, expiresAt: key.expiresAt ?? null },
  };
}
