/**
 * Tries a device out in a process of its own, because a driver that fails may take its process with it. Says what came
 * out and how fast; whether that is right is for others to judge.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ownCore } from '../threads/own-core.ts';
import type { Device } from './device.ts';
import type { EmbedderGraph } from './embedder.ts';

/** How many sessions, and the threads of each. */
export type SessionShape = { workers: number; threadsPerWorker: number };

export type ProbeRequest = {
  graph: EmbedderGraph;
  device: Device;
  /** uint8 [size, size, 3] each. */
  images: Uint8Array[];
  /** Each is measured; the vectors are those of the first. */
  shapes: SessionShape[];
};

export type Speed = SessionShape & { imagesPerSecond: number };

/** A vector for each image and a speed for each shape, or why there are none: a sentence that names the device. */
export type Probe = { vectors: Float32Array[]; speeds: Speed[] } | { failure: string };

export type ProbeOptions = {
  /** The environment of the process; default that of this one. */
  env?: NodeJS.ProcessEnv;
  /** Default 120,000: software that stands in for a GPU is slow. */
  timeoutMs?: number;
};

const FROM_SOURCE = import.meta.url.endsWith('.ts');
const MODULE = fileURLToPath(
  new URL(FROM_SOURCE ? './probe-process.ts' : './probe-process.js', import.meta.url),
);

/** Runs the images on the device, in every shape; a device that fails, crashes or hangs is an answer, not an error. */
export function probeDevice(request: ProbeRequest, options: ProbeOptions = {}): Promise<Probe> {
  return ownCore.withAllCores(() => probe(request, options));
}

async function probe(
  request: ProbeRequest,
  { env = process.env, timeoutMs = 120_000 }: ProbeOptions,
): Promise<Probe> {
  const child = fork(MODULE, {
    env,
    execArgv: FROM_SOURCE ? ['--import', import.meta.resolve('tsx')] : [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  let answer: Probe | undefined;
  const giveUp = setTimeout(() => {
    answer ??= failure(request.device, `it gave no answer within ${timeoutMs / 1000} s`);
    child.kill('SIGKILL');
  }, timeoutMs);
  child.on('message', (message) => {
    answer ??= message as Probe;
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  child.send(request, () => {});
  const [code, signal] = await ended;
  clearTimeout(giveUp);
  return (
    answer ?? failure(request.device, `the process that tried it ended by ${signal ?? `exit code ${code}`}`)
  );
}

function failure(device: Device, why: string): Probe {
  return { failure: `The device ${device} cannot be used: ${why}.` };
}
