/**
 * Changes that are meant for one version of an item alone: its ETag, and the conditions If-Match and If-None-Match of
 * RFC 9110. Knows nothing of images, whose caching has ETags of its own.
 */
import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Item } from '../../retrieval/gallery/item.ts';
import { RequestError } from '../http/error-table.ts';

const DIGITS = 32;

/** For descriptions of routes. */
export const CONDITIONS =
  'With `If-Match` and the ETag that an answer had, nothing is done to an item that has changed since: 412.';

/** Says which version of the item the answer tells of. */
export function tellVersion(response: Response, item: Item): void {
  response.setHeader('ETag', tagOf(item));
}

/**
 * Throws `precondition-failed` (412) where the request is for another version of the item than this one: `If-Match` wants
 * one of the versions it names, or with `*` any; `If-None-Match` none of those. To be asked within the
 * transaction that writes. `item` is undefined where there is none yet.
 */
export function requireVersion(request: Request, item: Item | undefined): void {
  const [wanted, unwanted] = [request.get('if-match'), request.get('if-none-match')];
  if (wanted !== undefined && !names(wanted, item)) {
    const now = item ? 'it has changed since' : 'there is none';
    throw new RequestError(
      'precondition-failed',
      `Expected the item as If-Match says; ${now}. Read it again.`,
    );
  }
  if (unwanted !== undefined && names(unwanted, item))
    throw new RequestError(
      'precondition-failed',
      'Expected no such item, as If-None-Match says; there is one.',
    );
}

function names(condition: string, item: Item | undefined): boolean {
  if (!item) return false;
  const tags = condition.split(',').map((tag) => tag.trim());
  return tags.includes('*') || tags.includes(tagOf(item));
}

/** Equal for equal content, label and metadata. */
function tagOf({ contentHash, label, metadata }: Item): string {
  const state = JSON.stringify([contentHash, label, metadata]);
  return `"${createHash('sha256').update(state).digest('hex').slice(0, DIGITS)}"`;
}
