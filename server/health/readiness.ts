/**
 * Whether the server can answer searches: galleries are open, and the model of each embeds a golden image as it did where
 * it was made. Asked often, it looks again every few seconds only.
 */
import type { Logger } from 'pino';
import { SinterError } from '../../retrieval/errors.ts';
import { recheckGoldenPair } from '../../retrieval/model/golden.ts';
import type { Model } from '../../retrieval/model/model.ts';
import type { Galleries } from '../galleries/galleries.ts';
import { RequestError } from '../http/error-table.ts';

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

/**
 * The names of the galleries whose model fails; each model is tried once. One that cannot be opened is left out, as it was
 * when the server started, unless none can.
 */
async function findFailing(galleries: Galleries, log: Logger): Promise<string[]> {
  const names = await galleries.names();
  const opened = await Promise.allSettled(names.map((name) => galleries.get(name)));
  const checks = new Map<Model, Promise<boolean>>();
  const failing: string[] = [];
  for (const [i, each] of opened.entries()) {
    if (each.status === 'rejected') continue;
    const { model } = each.value;
    if (!checks.has(model)) checks.set(model, embeds(model, log));
    if (!(await checks.get(model))) failing.push(names[i] as string);
  }
  const isAnyOpen = opened.some(({ status }) => status === 'fulfilled');
  return isAnyOpen ? failing : names;
}

async function embeds(model: Model, log: Logger): Promise<boolean> {
  try {
    await recheckGoldenPair(model);
    return true;
  } catch (err) {
    if ((err as { code?: string }).code === 'queue-full') return true; // busy, not broken
    log.error({ err, model: model.card.name }, 'a model does not embed as it should');
    return false;
  }
}
