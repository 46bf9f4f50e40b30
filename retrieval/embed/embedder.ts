/** The contract between those who have pixels and the ONNX sessions that turn them into vectors. */

import type { OwnCore } from '../threads/own-core.ts';
import type { Device } from './device.ts';

/** A graph with input `pixels` uint8 [N, size, size, 3] and one float32 output [N, dim]. */
export type EmbedderGraph = { path: string; size: number; dim: number };

export type EmbedderOptions = {
  /** Where sessions run; default `cpu`. */
  device?: Device;
  /** Worker threads, each with a session of its own; default: one a core, at most 8, and one on any other device. */
  workers?: number;
  /** Threads inside each session; default 1. */
  threadsPerWorker?: number;
  /** Most images in one run of a session; default on the CPU as many as stay in its caches, on other devices 32. */
  maxBatch?: number;
  /** Most images waiting before `embed` rejects with `queue-full`; default 1024. */
  maxQueue?: number;
  /** Gives one of several sessions of one thread each a core of its own while all cores are busy; default: none gets one. */
  ownCore?: OwnCore;
};

/** `batchSize` is how many images shared the run that took `runMs`. */
export type Embedding = { vector: Float32Array; queueMs: number; runMs: number; batchSize: number };

/** Where sessions run, how many they are, and the threads of each. */
export type RunPlan = { device: Device; workers: number; threadsPerWorker: number };

/** Images waiting now, and images in a run now. */
export type Load = { waiting: number; running: number };

export interface Embedder {
  readonly graph: EmbedderGraph;
  readonly plan: RunPlan;
  /** Most images that are in a run at the same time. */
  readonly atOnce: number;
  /**
   * Embeds one image, uint8 [size, size, 3]; batched with whatever else is waiting.
   * Rejects with `queue-full` at the limit, and with `interrupted` where the signal aborts while the image waits.
   */
  embed(pixels: Uint8Array, signal?: AbortSignal): Promise<Embedding>;
  load(): Load;
  /** Rejects what waits and ends the threads. */
  close(): Promise<void>;
}
