/** Tells when nobody waits for an answer any more, so that what is still queued for it is dropped. */
import type { Response } from 'express';
import { signalOf } from '../limits/deadline.ts';

/** Aborted when the client goes before it has its whole answer, or its time is over. */
export function whenClientLeaves(response: Response): AbortSignal {
  return signalOf(response);
}
