/**
 * Whether the server can answer searches: every gallery that it serves is open, and its model embeds a golden image as it
 * did where it was made. Asked often, it looks again every few seconds only.
 */
import type { Logger } from 'pino';
import { SinterError } from '../retrieval/errors.ts';
import { recheckGoldenPair } from '../retrieval/model/golden.ts';
import type { Model } from '../retrieval/model/model.ts';
import { RequestError } from './error-table.ts';
import type { Galleries } from './galleries.ts';

export type ReadinessOptions = {
  galleries: Galleries;
  log: Logger;
  /** Aborted when the server begins to shut down. */
  closing: AbortSignal;
  /** Milliseconds. */
  now?: () => number;
};

/** How long a finding counts, in milliseconds, and how long a good one stands in for one that takes its time. */
const FRESH_MS = 5000;
const STALE_MS = 30_000;

/** Makes the check: it throws `interrupted` while the server shuts down, and `not-ready` with the galleries that fail. */
export function createReadiness({
  galleries,
  log,
  closing,
  now = () => performance.now(),
}: ReadinessOptions) {
  let latest = { failing: [] as string[], at: Number.NEGATIVE_INFINITY };
  let looking: Promise<void> | undefined;
  const look = async () => {
    latest = { failing: await findFailing(galleries, log), at: now() };
    looking = undefined;
  };
  return async (): Promise<void> => {
    if (closing.aborted) throw new SinterError('interrupted', 'The server is shutting down.');
    if (now() - latest.at >= FRESH_MS) looking ??= look();
    // Behind a long queue the check takes long, and a server that has much to do is no worse for it.
    const isGood = latest.failing.length === 0 && now() - latest.at < STALE_MS;
    if (!isGood) await looking;
    if (latest.failing.length === 0) return;
    const names = latest.failing.join(', ');
    throw new RequestError('not-ready', `These galleries cannot be searched: ${names}. The log says why.`);
  };
}

/** The names of the galleries that cannot be opened, or whose model fails. Each model is tried once. */
async function findFailing(galleries: Galleries, log: Logger): Promise<string[]> {
  const checks = new Map<Model, Promise<void>>();
  const failing: string[] = [];
  for (const name of await galleries.names()) {
    try {
      const { model } = await galleries.get(name);
      if (!checks.has(model)) checks.set(model, recheckGoldenPair(model));
      await checks.get(model);
    } catch (err) {
      if ((err as { code?: string }).code === 'queue-full') continue; // busy, not broken
      log.error({ err, gallery: name }, 'a gallery cannot be searched');
      failing.push(name);
    }
  }
  return failing;
}
