/** Tells when nobody waits for an answer any more, so that what is still queued for it is dropped. */
import type { Response } from 'express';

/** Aborted when the client goes before it has its whole answer. */
export function whenClientLeaves(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
