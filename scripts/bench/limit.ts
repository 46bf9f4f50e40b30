/**
 * What no indexer and no server can go beyond on a machine: decoding the images alone, and running the graph alone, each
 * with all cores. One over the sum of both, per image, is the limit.
 */
import { availableParallelism } from 'node:os';
import type { EmbedderGraph } from '../../retrieval/embed/embedder.ts';
import { decodeImage } from '../../retrieval/image/decode.ts';
import type { InputRule } from '../../retrieval/image/pixels.ts';
import { WorkerThread } from '../../retrieval/threads/call.ts';
import { timed } from './in-pairs.ts';
import type { SessionAloneInit, SessionAloneMethods } from './session-alone-worker.ts';

/** Images that are decoded at a time: enough that libuv's threads never wait. */
const IN_FLIGHT = 16;

/** How long the images take to decode, in ms an image, many at a time. */
export async function decodeAlone(images: readonly Uint8Array[], rule: InputRule): Promise<number> {
  let next = 0;
  const decodeRest = async () => {
    while (next < images.length) await decodeImage(images[next++] as Uint8Array, rule);
  };
  const ms = await timed(() => Promise.all(Array.from({ length: IN_FLIGHT }, decodeRest)));
  return ms / images.length;
}

export type SessionAlone = {
  /** Runs so many images, shared out among the cores; ms an image. */
  run(images: number): Promise<number>;
  close(): Promise<void>;
};

/** A session of one thread on each core, which no other shape was found to beat, with batches of `batch`. */
export async function openSessionAlone(
  graph: EmbedderGraph,
  pixels: readonly Uint8Array[],
  batch: number,
): Promise<SessionAlone> {
  const cores = availableParallelism();
  const init: SessionAloneInit = { graph, threads: 1 };
  const url = new URL('./session-alone-worker.ts', import.meta.url);
  const threads = Array.from({ length: cores }, () => new WorkerThread<SessionAloneMethods>(url, init));
  const input = Buffer.concat(
    Array.from({ length: batch }, (_, i) => pixels[i % pixels.length] as Uint8Array),
  );
  await Promise.all(threads.map((thread) => thread.call('open', [])));
  return {
    async run(images) {
      const times = Math.max(1, Math.round(images / batch / cores));
      const work = () => Promise.all(threads.map((thread) => thread.call('run', [input, times])));
      return (await timed(work)) / (times * batch * cores);
    },
    close: async () => {
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
