/** Serves galleries and models until the process is told to stop. */
import { pino } from 'pino';
import type { Anonymous } from '../server/access/exposure.ts';
import { keyFileIn } from '../server/access/key-file.ts';
import { openKeyRing } from '../server/access/key-ring.ts';
import type { AppParts } from '../server/app.ts';
import { type ListenParts, listen } from '../server/listen.ts';
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
  /** Origins of other sites whose pages may use the server. */
  corsOrigins?: string[];
  /** How many proxies stand before the server. */
  trustedProxies?: number;
  limits?: NonNullable<AppParts['limits']>;
  /** Folders of this machine whose images requests may have indexed. */
  indexRoots?: string[];
  /** How long it goes on accepting requests once it is told to stop, in milliseconds. */
  drainMs?: number;
};

/** Resolves once the server has closed after Ctrl-C; `whenListening` is told the address. The parts are closed in any case. */
export async function serveParts(
  { galleries, models }: Pick<AppParts, 'galleries' | 'models'>,
  { port, host, drainMs = 0, ...options }: ServePartsOptions,
  whenListening: (url: string) => void,
): Promise<void> {
  const listening = await rulesOf(options)
    .then((rules) => listen({ galleries, models, ...rules }, { port, host, drainMs }))
    .catch(async (error) => {
      await galleries.close();
      await models.close();
      throw error;
    });
  const interrupted = new Promise<void>((resolve) => onInterrupt(resolve));
  whenListening(listening.url);
  await interrupted;
  await listening.close();
}

async function rulesOf({
  logLevel,
  indexData,
  anonymous,
  allowedHosts,
  corsOrigins,
  ...others
}: Omit<ServePartsOptions, 'port' | 'host' | 'drainMs'>): Promise<Omit<ListenParts, 'galleries' | 'models'>> {
  // Standard output is for the answer.
  const log = pino({ level: logLevel }, pino.destination({ dest: 2, sync: true }));
  const access = { keys: await openKeyRing(keyFileIn(indexData)), anonymous };
  return { log, access, origins: { allowedHosts, corsOrigins }, ...others };
}
