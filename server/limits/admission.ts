/**
 * How much the server takes on at once: so many requests with a body, and so many bytes of theirs in memory. What comes
 * beyond is refused before any of it is read; requests without a body, such as health checks, always get through.
 */
import type { Request, RequestHandler } from 'express';
import { QueueFull } from '../../retrieval/errors.ts';

export type AdmissionLimits = {
  /** Most requests with a body at a time. */
  requests: number;
  /** Most bytes of their bodies together; one request alone may have more. */
  bytes: number;
};

/** Bodies that do not say how long they are count as this. */
const UNKNOWN_BYTES = 16 * 1024 * 1024;

/** How much the latest request counts against those before it. */
const PACE_WEIGHT = 0.1;

/** Refuses with `queue-full` what is more than the limits. */
export function admit({ requests, bytes }: AdmissionLimits): RequestHandler {
  const admitted = { requests: 0, bytes: 0 };
  let meanMs = 0;
  return (request, response, next) => {
    const size = bodySize(request);
    if (size === 0) return next();
    const isTooMuch = admitted.requests >= requests || admitted.bytes + size > bytes;
    if (isTooMuch && admitted.requests > 0) {
      const message = `${admitted.requests} requests with ${mebibytes(admitted.bytes)} are being worked on, the most allowed. Try again later.`;
      throw new QueueFull(message, meanMs);
    }
    admitted.requests++;
    admitted.bytes += size;
    const startedAt = performance.now();
    response.once('close', () => {
      admitted.requests--;
      admitted.bytes -= size;
      const tookMs = performance.now() - startedAt;
      meanMs += (tookMs - meanMs) * (meanMs === 0 ? 1 : PACE_WEIGHT);
    });
    next();
  };
}

function bodySize(request: Request): number {
  if (request.get('transfer-encoding') !== undefined) return UNKNOWN_BYTES;
  return Number(request.get('content-length') ?? 0);
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 / 1024)} MiB`;
}
