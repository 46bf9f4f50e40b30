/** The identity of a file's content. Knows nothing of what the bytes mean. */
import { createHash } from 'node:crypto';

/** The sha256 of the bytes, 64 hex digits. */
export function contentHash(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
