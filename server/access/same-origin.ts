/**
 * Keeps other web sites out of a server that their visitors can reach: a page from anywhere may send requests to
 * 127.0.0.1, and a name that an attacker owns may be made to mean 127.0.0.1 (DNS rebinding).
 */
import type { Request, RequestHandler } from 'express';
import { RequestError } from '../http/error-table.ts';
import { credentialsOf } from './credentials.ts';
import { isLoopback } from './exposure.ts';

export type OriginRules = {
  /** The address that the server listens on. */
  host: string;
  /** Host names under which a server on loopback may be reached beside its own, such as that of a proxy before it. */
  allowedHosts?: readonly string[] | undefined;
  /** Origins of other sites whose pages may use this server, such as https://shop.example. */
  corsOrigins?: readonly string[] | undefined;
};

/** Requests with a key in their header are nobody's forgery; all others must come from this server's own pages. */
export function requireSameOrigin({
  host,
  allowedHosts = [],
  corsOrigins = [],
}: OriginRules): RequestHandler {
  const allowed = new Set(allowedHosts.map((name) => name.toLowerCase()));
  return (request, _response, next) => {
    if (credentialsOf(request)?.from !== 'header') {
      if (isLoopback(host)) requireKnownHost(request, allowed);
      if (!isSafe(request)) requireOwnPage(request, corsOrigins);
    }
    next();
  };
}

/** A request to loopback under another name comes from a browser that was led astray. */
function requireKnownHost(request: Request, allowed: ReadonlySet<string>): void {
  const name = hostname(request.get('host') ?? '');
  if (isLoopback(name) || allowed.has(name)) return;
  throw new RequestError(
    'forbidden',
    `This server answers to localhost and 127.0.0.1, not to ${name || 'no name'}. Its operator can add names by --allow-host.`,
  );
}

/** Browsers say where a request comes from; programs that are not browsers do not, and cannot be misled. */
function requireOwnPage(request: Request, corsOrigins: readonly string[]): void {
  const origin = request.get('origin');
  if (origin === undefined || corsOrigins.includes(origin) || isOwn(origin, request)) return;
  throw new RequestError('forbidden', `Pages of ${origin} may not change anything here.`);
}

function isOwn(origin: string, request: Request): boolean {
  return URL.canParse(origin) && new URL(origin).host === request.get('host')?.toLowerCase();
}

function isSafe({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function hostname(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : host;
}
