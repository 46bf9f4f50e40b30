/**
 * Vectors of many numbers → points of two, near where they were near: UMAP (McInnes, Healy and Melville, arXiv 1802.03426) of
 * the library embedding-atlas, compiled to WebAssembly.
 */
import { setImmediate } from 'node:timers/promises';
import type { UnitVectors } from '../cluster/unit-vectors.ts';
import { nearestNeighbours } from '../metrics/nearest-neighbours.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';

/** With fewer points there are no neighbourhoods to speak of. */
export const FEWEST_POINTS = 8;

const NEIGHBOURS = 15;
/** Rounds of moving all points; many points need fewer, as in umap-learn. */
const EPOCHS = 300;
const EPOCHS_OF_MANY = 200;
const MANY = 10_000;
/** Points of neighbours come as near as this. */
const MIN_DISTANCE = 0.1;

/** What is used of the library: its own types take in those of a viewer, which needs packages that are not installed. */
type Library = {
  /** `indices` int32 and `distances` float32 [count, k], nearest first, without the point itself. */
  createUMAPFromKNN(
    count: number,
    outputDim: number,
    indices: Int32Array,
    distances: Float32Array,
    options: { seed: number; nEpochs: number; minDist: number },
  ): Promise<Layout>;
};
type Layout = {
  /** float32 [count, outputDim]. */
  readonly embedding: Float32Array;
  setParameters(parameters: { learningRate: number }): void;
  /** Moves all points once, at the learning rate that was set last. */
  step(): Promise<void>;
  destroy(): void;
};

/**
 * Lays out unit vectors by their cosine. 2,000 vectors take about two seconds on one core, 50,000 half a minute.
 * The same seed gives the same points.
 * @param embeddings at least FEWEST_POINTS rows of at least two numbers.
 * @returns points float64 [n, 2], in no unit: what is near says something, how far the far is does not.
 * Throws `interrupted`.
 */
export async function umap(
  { vectors, dim }: UnitVectors,
  seed: number,
  work: LongWork = {},
): Promise<Float64Array> {
  const count = vectors.length / dim;
  const k = Math.min(NEIGHBOURS, count - 1);
  const { indices, similarities } = await nearestNeighbours({ queries: vectors, dim }, k, work);
  const distances = similarities.map((similarity) => Math.max(0, 1 - similarity));
  const nEpochs = count > MANY ? EPOCHS_OF_MANY : EPOCHS;
  const { createUMAPFromKNN } = await library();
  const options = { seed, nEpochs, minDist: MIN_DISTANCE };
  const layout = await createUMAPFromKNN(count, 2, indices, distances, options);
  try {
    await moveAll(layout, nEpochs, work);
    return Float64Array.from(layout.embedding);
  } finally {
    layout.destroy();
  }
}

/** The library would do all rounds in one call, which nothing could stop. */
async function moveAll(layout: Layout, epochs: number, { onProgress, signal }: LongWork): Promise<void> {
  for (let epoch = 0; epoch < epochs; epoch++) {
    stopIfAborted(signal);
    layout.setParameters({ learningRate: 1 - epoch / epochs });
    await layout.step();
    onProgress?.({ stage: 'laying out', done: epoch + 1, total: epochs });
    await setImmediate();
  }
}

/** The package exports UMAP together with its viewer, which runs in browsers only; beside that lies UMAP by itself. */
function library(): Promise<Library> {
  return import(new URL('umap.js', import.meta.resolve('embedding-atlas')).href);
}
