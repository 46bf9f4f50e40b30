/** Where a request carries its key: in the Authorization header, or in the cookie that the page has. */
import type { Request, Response } from 'express';

const COOKIE = 'sinter-key';
const ATTRIBUTES = { httpOnly: true, sameSite: 'strict', path: '/' } as const;

export type Credentials = { secret: string; from: 'header' | 'cookie' };

/** The header counts before the cookie. Undefined where the request carries neither. */
export function credentialsOf(request: Request): Credentials | undefined {
  const [, bearer] = /^Bearer +(\S+) *$/i.exec(request.get('authorization') ?? '') ?? [];
  if (bearer) return { secret: bearer, from: 'header' };
  const cookie = (request.get('cookie') ?? '').split(/; */).find((part) => part.startsWith(`${COOKIE}=`));
  return cookie ? { secret: cookie.slice(COOKIE.length + 1), from: 'cookie' } : undefined;
}

/** For the page: pictures are fetched without headers of its own. Scripts cannot read it, other sites cannot send it. */
export function keepInCookie(response: Response, secret: string, secure: boolean): void {
  response.cookie(COOKIE, secret, { ...ATTRIBUTES, secure });
}

export function clearCookie(response: Response): void {
  response.clearCookie(COOKIE, ATTRIBUTES);
}
