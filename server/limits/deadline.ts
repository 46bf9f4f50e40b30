/** Gives every request a time by which it is answered, and tells whoever works on it when nobody waits any more. */
import { setMaxListeners } from 'node:events';
import type { RequestHandler, Response } from 'express';
import { RequestError } from '../http/error-table.ts';

/** Answers `timeout` (503) when the time is over; what is still queued for the request is dropped. */
export function limitTime(limitMs: number): RequestHandler {
  return (_request, response, next) => {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal); // a batch has one for each of its images
    response.locals.signal = controller.signal;
    const timer = setTimeout(() => {
      controller.abort();
      const message = `Expected an answer within ${limitMs / 1000} s; it takes longer. Try again later, or with less.`;
      if (response.headersSent) return;
      response.setHeader('Connection', 'close'); // there may be more of the request on its way
      next(new RequestError('timeout', message));
    }, limitMs);
    response.once('close', () => {
      clearTimeout(timer);
      // Whoever has the whole answer has left nothing to be dropped.
      if (!response.writableFinished) controller.abort();
    });
    next();
  };
}

/** Aborted when the client has left before it had its answer, or its time is over. */
export function signalOf(response: Response): AbortSignal {
  const { signal } = response.locals as { signal?: AbortSignal };
  if (!signal) throw new Error('Expected time to be limited before this route. This is a bug.');
  return signal;
}
