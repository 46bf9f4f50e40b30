/** The thread that clusters and draws maps: long loops run here, and the comparisons in threads of its own. */
import type { MessagePort } from 'node:worker_threads';
import { umap } from '../map/umap.ts';
import type { Comparisons } from '../matrix/open-products.ts';
import { sharedProducts } from '../matrix/shared-products.ts';
import type { LongWork } from '../progress.ts';
import { answerCalls } from '../threads/call.ts';
import { type DuplicateOptions, nearDuplicates } from './duplicates.ts';
import { type ClusterMethod, findClusters } from './find-clusters.ts';
import type { UnitVectors } from './unit-vectors.ts';

const methods = {
  clusters: (port: MessagePort, set: UnitVectors, method: ClusterMethod) =>
    working(port, (products, work) => findClusters(set, method, products, work)),
  duplicates: (port: MessagePort, set: UnitVectors, options: DuplicateOptions) =>
    working(port, (products, work) => nearDuplicates(set, options, products, work)),
  map: (port: MessagePort, set: UnitVectors, seed: number) =>
    working(port, (_, work) => umap(set, seed, work)),
};
export type ClusterMethods = typeof methods;

answerCalls(methods);

/** What comes through the port asks to stop; what goes through it is progress. */
async function working<T>(
  port: MessagePort,
  task: (products: Comparisons, work: LongWork) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  port.on('message', () => controller.abort());
  try {
    return await task(await sharedProducts(), {
      signal: controller.signal,
      onProgress: (progress) => port.postMessage(progress),
    });
  } finally {
    port.close();
  }
}
