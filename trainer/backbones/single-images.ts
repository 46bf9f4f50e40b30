/** Runs a backbone on two images at once and on each alone: what comes out must be the same, and must depend on the image. */
import { SinterError } from '../../retrieval/errors.ts';
import { seededRandom } from '../../retrieval/random.ts';
import type { Graph } from '../onnx/graph.ts';
import { GraphRunner } from '../onnx/runner.ts';
import { tensor } from '../onnx/tensor.ts';
import { FEATURES, PIXELS } from './network.ts';

/** Most that features may differ, as a share of the largest: kernels round differently for different batches. */
const TOLERANCE = 1e-3;

/**
 * @returns what is wrong with batches, or undefined where every image gets what it gets alone.
 * @throws SinterError `bad-model` where features are not finite, or are the same for two quite different images.
 */
export async function compareWithSingleImages(
  graph: Graph,
  size: number,
  path: string,
): Promise<string | undefined> {
  const images = [noise(size, 1), noise(size, 0.25)];
  let runner: GraphRunner | undefined;
  try {
    runner = await GraphRunner.open(graph);
    const alone = [await featuresOf(runner, [images[0]], size), await featuresOf(runner, [images[1]], size)];
    requireAlive(alone, path);
    const together = await featuresOf(runner, images, size);
    return describeDifference([...alone[0], ...alone[1]], together);
  } catch (error) {
    if (error instanceof SinterError && error.code === 'bad-model' && runner) throw error;
    return `ONNX Runtime says: ${(error as Error).message}`;
  } finally {
    await runner?.close();
  }
}

async function featuresOf(runner: GraphRunner, images: Uint8Array[], size: number): Promise<Float32Array> {
  const pixels = new Uint8Array(Buffer.concat(images));
  const feeds = { [PIXELS]: tensor('uint8', pixels, [images.length, size, size, 3]) };
  return (await runner.run(feeds, [FEATURES]))[FEATURES].data as Float32Array;
}

/** Grey noise in broad squares: a photo's spectrum rather than a flat one, and of the given contrast. */
function noise(size: number, contrast: number): Uint8Array {
  const random = seededRandom(1, 'single-images', contrast);
  const side = Math.ceil(size / 8);
  const squares = Float32Array.from({ length: side * side * 3 }, random.uniform);
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => {
    const [channel, column, row] = [i % 3, Math.floor(i / 3) % size, Math.floor(i / (3 * size))];
    const value = squares[(Math.floor(row / 8) * side + Math.floor(column / 8)) * 3 + channel];
    return 127.5 + contrast * (value - 0.5) * 255;
  });
}

function requireAlive([a, b]: Float32Array[], path: string): void {
  const broken = [...a, ...b].filter((value) => !Number.isFinite(value)).length;
  if (broken > 0)
    throw new SinterError(
      'bad-model',
      `${broken} of the features of ${path} are no finite numbers for an image of noise.`,
    );
  if (a.every((value, i) => value === b[i]))
    throw new SinterError(
      'bad-model',
      `The features of ${path} are the same for two quite different images, so they tell nothing apart. Name another value with --features, or another way to scale pixels with --preprocess.`,
    );
}

function describeDifference(alone: number[], together: Float32Array): string | undefined {
  if (together.length !== alone.length)
    return `two images give ${together.length} numbers, each alone gives ${alone.length / 2}`;
  const largest = alone.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = alone.reduce((most, value, i) => Math.max(most, Math.abs(value - together[i])), 0);
  if (difference <= TOLERANCE * largest) return undefined;
  return `in a batch of two an image's features differ by ${(difference / largest).toPrecision(2)} of the largest from what it gets alone`;
}
