/** Serves an open gallery and model until the process is told to stop. */
import { pino } from 'pino';
import type { Anonymous } from '../server/access/exposure.ts';
import { keyFileIn } from '../server/access/key-file.ts';
import { openKeyRing } from '../server/access/key-ring.ts';
import type { AppParts } from '../server/app.ts';
import { type ListenParts, listen } from '../server/listen.ts';
import type { Parts } from './open-parts.ts';
import { onInterrupt } from './terminal/interruptible.ts';

export type ServePartsOptions = {
  port: number;
  host: string;
  logLevel: string;
  /** The folder of the galleries, which has the API keys too. */
  indexData: string;
  /** What may be done without a key; absent: anything on loopback while there are no keys, else nothing. */
  anonymous?: Anonymous;
  /** Names beside localhost under which a server on loopback may be reached. */
  allowedHosts?: string[];
  about?: AppParts['about'];
};

/** Resolves once the server has closed after Ctrl-C; `whenListening` is told the address. The parts are closed in any case. */
export async function serveParts(
  parts: Parts,
  { port, host, ...options }: ServePartsOptions,
  whenListening: (url: string) => void,
): Promise<void> {
  const listening = await appParts(parts, options)
    .then((app) => listen(app, { port, host }))
    .catch(async (error) => {
      await parts.close();
      throw error;
    });
  const interrupted = new Promise<void>((resolve) => onInterrupt(resolve));
  whenListening(listening.url);
  await interrupted;
  await listening.close();
}

async function appParts(
  { model, gallery }: Parts,
  { logLevel, indexData, anonymous, allowedHosts, about }: Omit<ServePartsOptions, 'port' | 'host'>,
): Promise<ListenParts> {
  // Standard output is for the answer.
  const log = pino({ level: logLevel }, pino.destination({ dest: 2, sync: true }));
  const access = { keys: await openKeyRing(keyFileIn(indexData)), anonymous };
  return { model, gallery, log, about, access, origins: { allowedHosts } };
}
