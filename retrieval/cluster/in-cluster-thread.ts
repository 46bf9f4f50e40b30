/**
 * Clusters in a thread of their own, so that whoever asks for them goes on meanwhile. A process starts it once, with the
 * first task, and nobody closes it: an idle thread keeps no process from ending.
 */
import { MessageChannel } from 'node:worker_threads';
import type { LongWork, Progress } from '../progress.ts';
import { WorkerThread } from '../threads/call.ts';
import type { ClusterMethods } from './cluster-worker.ts';
import type { DuplicateGroup, DuplicateOptions } from './duplicates.ts';
import type { ClusterMethod, FoundClusters } from './find-clusters.ts';
import type { UnitVectors } from './unit-vectors.ts';

const WORKER = import.meta.url.endsWith('.ts') ? './cluster-worker.ts' : './cluster-worker.js';

/** As `findClusters`. */
export function findClustersInThread(
  set: UnitVectors,
  method: ClusterMethod,
  work?: LongWork,
): Promise<FoundClusters> {
  return inThread(work, (thread, port) => thread.call('clusters', [port, set, method], [port]));
}

/** As `nearDuplicates`. */
export function findDuplicatesInThread(
  set: UnitVectors,
  options: DuplicateOptions,
  work?: LongWork,
): Promise<DuplicateGroup[]> {
  return inThread(work, (thread, port) => thread.call('duplicates', [port, set, options], [port]));
}

/** As `umap`. */
export function drawMapInThread(set: UnitVectors, seed: number, work?: LongWork): Promise<Float64Array> {
  return inThread(work, (thread, port) => thread.call('map', [port, set, seed], [port]));
}

let shared: Thread | undefined;

type Thread = WorkerThread<ClusterMethods>;
type Port = MessageChannel['port2'];

async function inThread<T>(
  { onProgress, signal }: LongWork = {},
  task: (thread: Thread, port: Port) => Promise<T>,
): Promise<T> {
  shared ??= new WorkerThread(new URL(WORKER, import.meta.url));
  const { port1: ours, port2: theirs } = new MessageChannel();
  const stop = () => ours.postMessage('stop');
  ours.on('message', (progress: Progress) => onProgress?.(progress)).unref();
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  try {
    return await task(shared, theirs);
  } finally {
    signal?.removeEventListener('abort', stop);
    ours.close();
  }
}
