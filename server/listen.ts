/** Serves an app on a host and port, and ends it in order: what runs is finished, then galleries and models close. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SinterError } from '../retrieval/errors.ts';
import { requireProtection } from './access/exposure.ts';
import type { OriginRules } from './access/same-origin.ts';
import { type AppParts, createApp } from './app.ts';
import { jobKinds } from './jobs/job-kinds.ts';
import { Jobs } from './jobs/jobs.ts';
import { DEFAULT_LIMITS } from './parts.ts';

export type ListenOptions = {
  /** Default 127.0.0.1: reachable from this machine alone. */
  host?: string;
  /** 0 takes any free port. */
  port: number;
  /** How long requests that run may take to finish when the server closes; default 10,000. */
  graceMs?: number;
  /** How long it goes on accepting requests when it closes, while /readyz says that it should get none; default 0. */
  drainMs?: number;
};

export type ListenParts = Omit<AppParts, 'closing' | 'origins' | 'jobs'> & {
  origins?: Omit<OriginRules, 'host'>;
  /** Folders of this machine whose images requests may have indexed; default none. */
  indexRoots?: readonly string[] | undefined;
};

export type Listening = {
  /** Such as http://127.0.0.1:8080, with the port that was taken. */
  url: string;
  /** Stops accepting, waits for what runs, pauses jobs, then closes galleries and models; the second call waits for the first. */
  close(): Promise<void>;
};

const DEFAULT_GRACE_MS = 10_000;

/** Longer than proxies keep idle connections (60 s), so that none is closed just as a request comes. */
const KEEP_ALIVE_MS = 75_000;

/**
 * Starts serving; the parts belong to the server from then on.
 * Throws `conflict` for a port that is taken and `bad-input` for one that cannot be had, or that other machines could reach
 * without a key; the parts then stay open.
 */
export async function listen(
  parts: ListenParts,
  { host = '127.0.0.1', port, graceMs = DEFAULT_GRACE_MS, drainMs = 0 }: ListenOptions,
): Promise<Listening> {
  await requireProtection(host, parts.access);
  const closing = new AbortController();
  const origins = { ...parts.origins, host };
  const { indexRoots = [], limits = {} } = parts;
  const { timeoutMs, allowSvg } = { ...DEFAULT_LIMITS, ...limits };
  const jobs = new Jobs({ ...parts, kinds: jobKinds({ indexRoots, allowSvg }) });
  const server = createServer(createApp({ ...parts, origins, jobs, closing: closing.signal }));
  server.requestTimeout = timeoutMs;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await startListening(server, host, port);
  parts.log.info({ host, port: portOf(server) }, 'listening');
  void jobs.resume().catch((err) => parts.log.error({ err }, 'jobs cannot be gone on with'));
  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort();
    const paused = jobs.pause();
    await sleep(drainMs);
    await finishRequests(server, graceMs);
    await paused;
    await parts.galleries.close();
    await parts.models.close();
    parts.log.info('closed');
  };
  return {
    url: `http://${urlHost(host)}:${portOf(server)}`,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function startListening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(error, host, port));
    server.once('error', fail);
    server.listen({ host, port }, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

/** A connection kept open for further requests would keep the server open: each is closed once it has had its answer. */
async function finishRequests(server: Server, graceMs: number): Promise<void> {
  server.prependListener('request', (_request, response) => response.setHeader('Connection', 'close'));
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  const giveUp = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(giveUp);
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = `port ${port} on ${host}`;
  const options = { cause: error };
  if (error.code === 'EADDRINUSE') {
    const advice = 'Stop it, or choose another port (0 takes any that is free)';
    return new SinterError('conflict', `Another program listens on ${where} already. ${advice}.`, options);
  }
  if (error.code === 'EACCES') {
    return new SinterError(
      'bad-input',
      `This user may not listen on ${where}. Choose a port above 1023.`,
      options,
    );
  }
  const advice = 'Give an address of this machine, such as 127.0.0.1 or 0.0.0.0';
  return new SinterError('bad-input', `Cannot listen on ${where}: ${error.message}. ${advice}.`, options);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
