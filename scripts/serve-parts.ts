/** Serves an open gallery and model until the process is told to stop. */
import { pino } from 'pino';
import type { AppParts } from '../server/app.ts';
import { listen } from '../server/listen.ts';
import type { Parts } from './open-parts.ts';
import { onInterrupt } from './terminal/interruptible.ts';

export type ServePartsOptions = {
  port: number;
  host: string;
  logLevel: string;
  about?: AppParts['about'];
};

/** Resolves once the server has closed after Ctrl-C; `whenListening` is told the address. The parts are closed in any case. */
export async function serveParts(
  { model, gallery, close }: Parts,
  { port, host, logLevel, about }: ServePartsOptions,
  whenListening: (url: string) => void,
): Promise<void> {
  // Standard output is for the answer.
  const log = pino({ level: logLevel }, pino.destination({ dest: 2, sync: true }));
  const listening = await listen({ model, gallery, log, about }, { port, host }).catch(async (error) => {
    await close();
    throw error;
  });
  const interrupted = new Promise<void>((resolve) => onInterrupt(resolve));
  whenListening(listening.url);
  await interrupted;
  await listening.close();
}
