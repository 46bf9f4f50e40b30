/** Golden pairs: small images with the embeddings that they had when the bundle was made, to check a bundle on any machine. */
import type { Embedder } from '../embed/embedder.ts';
import { SinterError } from '../errors.ts';
import { contentHash } from '../image/content-hash.ts';
import { decodeImage } from '../image/decode.ts';
import { encodePng } from '../image/encode-png.ts';
import type { InputRule } from '../image/pixels.ts';
import type { ModelCard } from './bundle-format.ts';

export type GoldenPair = ModelCard['golden'][number];

/** Side of the stored images: a few kilobytes each, and enough to tell graphs apart. */
const STORED_SIZE = 32;

/** Float32 sums in another order, on another device, stay well within this; another graph or another layout does not. */
const TOLERANCE = 1e-3;

/** Other releases of the decoder, or its code for another processor, may round a pixel up rather than down; that moves a vector by less than this. */
const ROUNDING_TOLERANCE = 0.02;

/** Makes a pair from an image in any format that is read. Throws `bad-model` where the embedding is not of unit length. */
export async function makeGoldenPair(
  image: Uint8Array,
  rule: InputRule,
  embedder: Embedder,
): Promise<GoldenPair> {
  const small = await decodeImage(image, { fit: 'squash', resize: STORED_SIZE, crop: STORED_SIZE });
  const png = await encodePng(small);
  const { data } = await decodeImage(png, rule);
  const { vector } = await embedder.embed(data);
  requireUnitLength(vector, embedder.graph.path);
  const embedding = [...vector];
  return { png: Buffer.from(png).toString('base64'), pixelsSha256: contentHash(data), embedding };
}

/**
 * Checks that this machine decodes and embeds all pairs of a card as the machine did that made them. Pixels may differ by
 * rounding as long as the embedding stays close. Throws `bad-model`.
 */
export async function verifyGoldenPairs(card: ModelCard, embedder: Embedder): Promise<void> {
  await Promise.all(card.golden.map((pair, i) => verifyPair(pair, i, card, embedder)));
}

async function verifyPair(pair: GoldenPair, i: number, card: ModelCard, embedder: Embedder): Promise<void> {
  const where = `golden pair ${i + 1} of ${card.golden.length} of model ${card.name}`;
  if (pair.embedding.length !== card.dim) {
    throw new SinterError(
      'bad-model',
      `Expected ${card.dim} numbers in ${where}; got ${pair.embedding.length}.`,
    );
  }
  const { data } = await decodeImage(Buffer.from(pair.png, 'base64'), card.input);
  const { vector } = await embedder.embed(data);
  const error = largestDifference(vector, pair.embedding);
  const samePixels = contentHash(data) === pair.pixelsSha256;
  if (samePixels && !(error <= TOLERANCE)) throw engineDiffers(where, error);
  if (!(error <= ROUNDING_TOLERANCE)) throw decoderDiffers(where, error);
}

function decoderDiffers(where: string, error: number): SinterError {
  return new SinterError(
    'bad-model',
    `The image decoder of this machine differs: ${where} decodes to other pixels than where the bundle was made, and its embedding is off by ${error.toPrecision(2)}, at most ${ROUNDING_TOLERANCE} is expected. Install the locked version of sharp (\`npm ci\`), or export the model again here.`,
  );
}

function engineDiffers(where: string, error: number): SinterError {
  return new SinterError(
    'bad-model',
    `The engine or device of this machine computes differently: the embedding of ${where} is off by ${error.toPrecision(2)}, at most ${TOLERANCE} is expected. Install the locked version of onnxruntime-node (\`npm ci\`), or export the model again here.`,
  );
}

function requireUnitLength(vector: Float32Array, path: string): void {
  const length = Math.hypot(...vector);
  if (Math.abs(length - 1) <= TOLERANCE) return;
  throw new SinterError(
    'bad-model',
    `Expected embeddings of length 1 from ${path}; got one of length ${length}.`,
  );
}

function largestDifference(a: Float32Array, b: readonly number[]): number {
  return b.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (a[i] as number))), 0);
}
