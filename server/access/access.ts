/** Decides what a request may do, before its route sees it: by its key, or by what may be done without one. */
import type { Request, RequestHandler, Response } from 'express';
import { RequestError } from '../http/error-table.ts';
import { type AccessKey, type Grant, includes, type Scope } from './access-key.ts';
import { credentialsOf } from './credentials.ts';
import { type AccessRules, type Anonymous, anonymousScope } from './exposure.ts';

/** What the request in hand may do, and by which key; null for one without. */
export type Access = Grant & { key: Pick<AccessKey, 'id' | 'name' | 'expiresAt'> | null };

/**
 * Stands before routes that need a scope. Refuses with `unauthorized` (401) who has no valid key, and with `forbidden`
 * (403) whose key is for less, or for another gallery than the one in the path.
 */
export function requireAccess(rules: AccessRules, needed: Scope): RequestHandler {
  return async (request, response, next) => {
    const access = await accessFor(request, rules);
    response.locals.access = access;
    requireScope(access, needed);
    const { gallery } = request.params;
    if (typeof gallery === 'string') requireGallery(access, gallery);
    next();
  };
}

/** What the request that `response` answers may do. */
export function accessOf(response: Response): Access {
  const { access } = response.locals as { access?: Access };
  if (!access) throw new Error('Expected access to be required before this route. This is a bug.');
  return access;
}

/**
 * What a request may do. Throws `unauthorized` where that is nothing. Where nobody asks for keys one is not looked at:
 * there are clients that cannot do without sending any.
 */
export async function accessFor(request: Request, rules: AccessRules): Promise<Access> {
  const credentials = (await rules.keys.hasKeys()) ? credentialsOf(request) : undefined;
  if (!credentials) return withoutKey(await anonymousScope(rules));
  return accessBy(await validKey(rules, credentials.secret));
}

/** What a key allows. */
export function accessBy({ scope, gallery, filter, ratePerMinute, ...key }: AccessKey): Access {
  return { scope, gallery, filter, ratePerMinute, key };
}

/** The key of a secret. Throws `unauthorized` where there is none, or its time is over. */
export async function validKey({ keys }: AccessRules, secret: string): Promise<AccessKey> {
  const key = await keys.find(secret);
  if (!key) throw new RequestError('unauthorized', 'This API key is unknown or was revoked.');
  const { expiresAt } = key;
  if (expiresAt === undefined || Date.now() < Date.parse(expiresAt)) return key;
  throw new RequestError('unauthorized', `This API key expired at ${expiresAt}. Ask for a new one.`);
}

/** Throws `forbidden` where a key is for another gallery. */
export function requireGallery({ gallery }: Access, name: string): void {
  if (gallery === undefined || gallery === name) return;
  throw new RequestError('forbidden', `This key is for the gallery ${gallery}, not for ${name}.`);
}

/** Stands before routes that do not heed filters. Throws `forbidden` for a key that has one. */
export const refuseFiltered: RequestHandler = (_request, response, next) => {
  if (!accessOf(response).filter) return next();
  throw new RequestError('forbidden', 'This is about all items, and this key is for some.');
};

/** For what concerns all galleries. Throws `forbidden` where a key is for one. */
export function requireAnyGallery(response: Response): void {
  const { gallery } = accessOf(response);
  if (gallery === undefined) return;
  throw new RequestError('forbidden', `This is about all galleries, and this key is for ${gallery} alone.`);
}

function withoutKey(scope: Anonymous): Access {
  if (scope !== 'none') return { scope, key: null };
  const how = 'Send one as `Authorization: Bearer KEY`; `sinter keys create` makes one';
  throw new RequestError('unauthorized', `Expected an API key, got none. ${how}.`);
}

function requireScope({ scope, key }: Access, needed: Scope): void {
  if (includes(scope, needed)) return;
  if (key)
    throw new RequestError('forbidden', `This needs a key with the scope ${needed}; this one has ${scope}.`);
  throw new RequestError('unauthorized', `This needs a key with the scope ${needed}; without one: ${scope}.`);
}
