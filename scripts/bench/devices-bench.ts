/**
 * The bench `devices`: how many images a second a device embeds when so many wait at a time, against the CPU in the
 * sessions and threads that are fastest there. Only embedding: pixels go in, vectors come out, nothing is decoded.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Device } from '../../retrieval/embed/device.ts';
import type { Embedder, EmbedderGraph } from '../../retrieval/embed/embedder.ts';
import { openEmbedder } from '../../retrieval/embed/open-embedder.ts';
import { choosePlan } from '../../retrieval/model/choose-plan.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { seededRandom } from '../../retrieval/random.ts';
import type { Finding } from './finding.ts';
import { inPairs, medianRatio, quantile, timed } from './in-pairs.ts';
import { measuredModel } from './measured-model.ts';
import type { NetworkName } from './networks/by-name.ts';

export type DevicesBench = {
  device: Device;
  /** How many images wait at a time, each measured by itself. */
  batches: number[];
  rounds: number;
  /** How long a turn of one side takes at least. */
  turnMs: number;
  /** At 224², untrained. */
  network: NetworkName;
  /** A bundle instead of the network. */
  model?: string | undefined;
  seed: number;
};

export const DEVICES_BENCH_DEFAULTS = {
  device: 'webgpu',
  network: 'mobilenet_v2',
  batches: [1, 2, 4, 8, 16, 32, 64],
  rounds: 3,
  turnMs: 1000,
} satisfies Partial<DevicesBench>;

/** As in the golden pairs of bundles: devices round in other orders. */
const DIFFERENCE_BAR = 1e-3;

export async function devicesBench(options: DevicesBench, work: LongWork = {}): Promise<Finding> {
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  try {
    const { graph, card } = await measuredModel(options.model, { folder, ...options });
    const most = Math.max(...options.batches);
    const plan = await choosePlan(card, graph, { device: 'cpu' }, { cache: folder });
    const theirs = await openEmbedder(graph, plan);
    const ours = await openEmbedder(graph, { device: options.device, maxBatch: most });
    try {
      return await compare(options, ours, theirs, work);
    } finally {
      await Promise.all([ours.close(), theirs.close()]);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare(
  { device, batches, rounds, turnMs, seed }: DevicesBench,
  ours: Embedder,
  theirs: Embedder,
  work: LongWork,
): Promise<Finding> {
  const images = noise(ours.graph, Math.max(...batches), seed);
  const figures: Finding['figures'] = {};
  let ratio = Number.POSITIVE_INFINITY;
  for (const batch of batches) {
    const waiting = images.slice(0, batch);
    // A GPU compiles its programs for each shape that it has not seen.
    await embedAll(ours, waiting);
    const pairs = await inPairs(
      `${batch} images at a time`,
      rounds,
      () => msAnImage(ours, waiting, turnMs),
      () => msAnImage(theirs, waiting, turnMs),
      work,
    );
    figures[`${device} images/s, ${batch} at a time`] = 1000 / quantile(pairs.ours, 0.5);
    figures[`cpu images/s, ${batch} at a time`] = 1000 / quantile(pairs.theirs, 0.5);
    ratio = Math.min(ratio, medianRatio(pairs));
  }
  const difference = largestDifference(await embedAll(ours, images), await embedAll(theirs, images));
  const { size, dim } = ours.graph;
  return {
    bench: 'devices',
    peer: `the CPU in ${theirs.plan.workers} sessions of ${theirs.plan.threadsPerWorker} threads`,
    ratio,
    claims: [
      { what: 'largest difference from a number of the CPU', value: difference, atMost: DIFFERENCE_BAR },
    ],
    figures: { ...figures, 'side of the input': size, dim, rounds },
  };
}

/** Embeds all images at a time, over and over. */
async function msAnImage(embedder: Embedder, images: Uint8Array[], turnMs: number): Promise<number> {
  let [ms, count] = [0, 0];
  while (ms < turnMs) {
    ms += await timed(() => embedAll(embedder, images));
    count += images.length;
  }
  return ms / count;
}

async function embedAll(embedder: Embedder, images: Uint8Array[]): Promise<Float32Array[]> {
  const embeddings = await Promise.all(images.map((image) => embedder.embed(image)));
  return embeddings.map(({ vector }) => vector);
}

function noise({ size }: EmbedderGraph, count: number, seed: number): Uint8Array[] {
  const random = seededRandom(seed, 'images');
  return Array.from({ length: count }, () =>
    Uint8Array.from({ length: size ** 2 * 3 }, () => random.integer(256)),
  );
}

function largestDifference(a: Float32Array[], b: Float32Array[]): number {
  const differences = a.map((vector, i) =>
    vector.reduce((most, value, j) => Math.max(most, Math.abs(value - (b[i]?.[j] as number))), 0),
  );
  return Math.max(...differences);
}
