// @ts-check
/** Calls the server: JSON or a form goes out, JSON comes back, and what is refused becomes an ApiError. */
import { signal } from '@preact/signals';

/**
 * Whether a key is asked for: by the server, which refuses to answer without one or with the one it got, or by a user who
 * wants to do more than may be done without.
 */
export const keyWanted = signal(/** @type {'no' | 'by-server' | 'by-user'} */ ('no'));

/** Rises when what was refused before may succeed now, so that views ask again. */
export const attempt = signal(0);

/** What the server refused, by its code; `offline` where it could not be reached. */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {string} [requestId]
   */
  constructor(code, message, requestId) {
    super(message);
    this.code = code;
    this.requestId = requestId;
  }
}

/** @typedef {{ method?: string, json?: unknown, form?: FormData, signal?: AbortSignal | undefined }} Call */

/**
 * Throws ApiError, and the reason of `signal` once that is aborted.
 * @param {string} url
 * @param {Call} [options]
 */
export async function call(url, options) {
  return (await send(url, options)).json().catch(() => ({}));
}

/** @param {string} url @param {AbortSignal} [signal] */
export async function callForBytes(url, signal) {
  return (await send(url, { signal })).blob();
}

/** @param {string} url @param {Call} [options] */
async function send(url, { method, json, form, signal } = {}) {
  const body = json === undefined ? (form ?? null) : JSON.stringify(json);
  /** @type {Record<string, string>} */
  const headers = json === undefined ? {} : { 'Content-Type': 'application/json' };
  const init = { method: method ?? (body ? 'POST' : 'GET'), headers, body, signal: signal ?? null };
  const response = await fetch(url, init).catch((error) => {
    throw signal?.aborted ? error : new ApiError('offline', 'The server did not answer.');
  });
  if (response.ok) return response;
  if (response.status === 401) keyWanted.value = 'by-server';
  const answer = await response.json().catch(() => ({}));
  const { code = 'internal', message = response.statusText, requestId } = answer.error ?? {};
  throw new ApiError(code, message, requestId);
}

/**
 * The path of a gallery, and of what belongs to it.
 * @param {string} gallery
 * @param {string} [rest] begins with a slash
 */
export const galleryPath = (gallery, rest = '') => `/v1/galleries/${encodeURIComponent(gallery)}${rest}`;
