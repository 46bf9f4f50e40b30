/**
 * What no indexer and no server can go beyond on a machine: decoding the images alone, and running the graph alone, each
 * with all cores. One over the sum of both, per image, is the limit.
 */
import type { EmbedderGraph } from '../../retrieval/embed/embedder.ts';
import { decoders } from '../../retrieval/image/decoders.ts';
import type { InputRule } from '../../retrieval/image/pixels.ts';
import { WorkerThread } from '../../retrieval/threads/call.ts';
import { usableCores } from '../../retrieval/threads/usable-cores.ts';
import { processorMs } from './child-usage.ts';
import { decodeAll } from './decode-all.ts';
import { timed } from './in-pairs.ts';
import type { SessionAloneInit, SessionAloneMethods } from './session-alone-worker.ts';

/** The most that the embedder puts in a run of 224². MobileNetV2 alone is 6% faster in runs of 1 to 3, ResNet-50 as fast. */
const BATCH = 4;
const MOST_WARM_UPS = 50;

/** Wall time of each part and processor time of both, in ms an image. */
export type LimitTimes = { decodeMs: number; runMs: number; cpuMs: number };

export type Limit = {
  /** Decodes these images, then runs the graph as often. */
  measure(images: readonly Uint8Array[]): Promise<LimitTimes>;
  close(): Promise<void>;
};

/** A session of one thread on each core, which was the fastest of all shapes, on the pixels of a few of the images. */
export async function openLimit(
  { graph, rule }: { graph: EmbedderGraph; rule: InputRule },
  images: readonly Uint8Array[],
): Promise<Limit> {
  const init: SessionAloneInit = { graph, threads: 1 };
  const url = new URL('./session-alone-worker.ts', import.meta.url);
  const cores = Array.from({ length: usableCores }, () => new WorkerThread<SessionAloneMethods>(url, init));
  await Promise.all(cores.map((core) => core.call('open', [])));
  const decoded = images.slice(0, BATCH).map(async (image) => (await decoders.decode(image, rule)).data);
  const batch = Buffer.concat(await Promise.all(decoded));
  const runAll = (times: number) => Promise.all(cores.map((core) => core.call('run', [batch, times])));
  await runAll(4);
  await startDecoders(images, rule);
  return {
    async measure(some) {
      const times = Math.ceil(some.length / BATCH / cores.length);
      const before = processorMs();
      const decodeMs = (await timed(() => decodeAll(decoders, some, { rule }))) / some.length;
      const ran = times * BATCH * cores.length;
      const runMs = (await timed(() => runAll(times))) / ran;
      return { decodeMs, runMs, cpuMs: (processorMs() - before) / some.length };
    },
    close: async () => {
      await Promise.all(cores.map((core) => core.close()));
    },
  };
}

/** Processes are started one after another, by the images that wait for them; a system may not have room for all. */
async function startDecoders(images: readonly Uint8Array[], rule: InputRule): Promise<void> {
  for (let round = 0; round < MOST_WARM_UPS && decoders.status().processes < decoders.most; round++)
    await decodeAll(decoders, images, { rule });
}
