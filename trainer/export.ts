/** Trained network → bundle: one graph from pixels to unit vectors, put in place only if it computes what was trained. */
import { readFile } from 'node:fs/promises';
import { SinterError } from '../retrieval/errors.ts';
import type { ModelCard } from '../retrieval/model/bundle-format.ts';
import { openModel } from '../retrieval/model/open-model.ts';
import { writeBundle } from '../retrieval/model/write-bundle.ts';
import type { Network } from './backbones/network.ts';
import type { Samples } from './data/samples.ts';
import { embedSamples } from './embed-samples.ts';
import { appendUnitLength, type BottleneckStart } from './heat/head.ts';
import { type Graph, pruneGraph, type Value } from './onnx/graph.ts';
import { encodeModel } from './onnx/model-file.ts';
import type { Tensor } from './onnx/tensor.ts';
import type { Recipe } from './recipe.ts';
import type { Trained } from './train.ts';
import { withBottleneck } from './with-bottleneck.ts';

/** The largest difference in any element of a unit vector that an export may make. */
const TOLERANCE = 1e-4;
const CHECKED_IMAGES = 16;
const GOLDEN_IMAGES = 4;

export type Export = {
  folder: string;
  card: Omit<ModelCard, 'formatVersion' | 'graphSha256' | 'golden' | 'createdAt'>;
  /** The backbone with its pixels in front, also where training began at its features. */
  network: Network;
  recipe: Recipe;
  /** Where training started from, if that was computed. */
  bottleneck?: BottleneckStart;
  trained: Trained;
  samples: Samples;
  /** The image files of the samples, in their order. */
  paths: string[];
  /** Files to lie in the bundle, by name: the paths that they are copied from. */
  enclosures?: Readonly<Record<string, string>>;
};

/**
 * Writes the bundle. A few training images go through the new bundle from their files on; throws `bad-model`, and leaves
 * what was at `folder` alone, where a vector differs from the trained graph's by more than 1e-4.
 */
export async function exportBundle({
  folder,
  card,
  network,
  recipe,
  bottleneck,
  trained,
  samples,
  paths,
  enclosures = {},
}: Export): Promise<ModelCard> {
  const graph = embedderGraph(network, recipe, trained.values, bottleneck);
  const numbers = evenly(paths.length, CHECKED_IMAGES);
  const expected = unitRows(await embedSamples(trained.graph, samples, numbers), recipe.dim);
  const golden = await Promise.all(
    evenly(paths.length, GOLDEN_IMAGES).map((number) => readFile(paths[number])),
  );
  return writeBundle(folder, {
    graph: encodeModel(graph),
    card: { ...card, createdAt: new Date().toISOString() },
    goldenImages: golden,
    enclosures,
    check: (draft) =>
      requireReproduction(
        draft,
        numbers.map((number) => paths[number]),
        expected,
      ),
  });
}

/** `pixels` uint8 [N, S, S, 3] → `embedding` float32 [N, dim] of unit length, with the trained values. */
export function embedderGraph(
  network: Network,
  recipe: Recipe,
  values: Record<Value, Tensor>,
  start?: BottleneckStart,
): Graph {
  const { g, embedding } = withBottleneck(network, recipe, 'embedder', start);
  g.output('embedding', appendUnitLength(g, embedding), 'float32', ['N', recipe.dim]);
  for (const name of g.graph.initializers.keys())
    if (values[name]) g.graph.initializers.set(name, values[name]);
  return pruneGraph(g.graph);
}

async function requireReproduction(folder: string, paths: string[], expected: Float32Array): Promise<void> {
  const model = await openModel(folder, { workers: 1 });
  try {
    for (const [row, path] of paths.entries()) {
      const { vector } = await model.embedImage(await readFile(path));
      const difference = largestDifference(
        vector,
        expected.subarray(row * vector.length, (row + 1) * vector.length),
      );
      if (!(difference <= TOLERANCE))
        throw new SinterError(
          'bad-model',
          `The exported graph does not reproduce the trained one: for ${path} an element differs by ${difference}, at most ${TOLERANCE} is allowed. Nothing was written.`,
        );
    }
  } finally {
    await model.close();
  }
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

function unitRows(rows: Float32Array, dim: number): Float32Array {
  return rows.map((value, i) => {
    const start = i - (i % dim);
    return value / Math.hypot(...rows.subarray(start, start + dim));
  });
}

/** At most `count` of the numbers below `length`, spread evenly. */
function evenly(length: number, count: number): number[] {
  const chosen = Math.min(length, count);
  return Array.from({ length: chosen }, (_, i) => Math.floor((i * length) / chosen));
}
