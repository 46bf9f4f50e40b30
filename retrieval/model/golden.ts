/** Golden pairs: small images with the embeddings that they had when the bundle was made, to check a bundle on any machine. */
import type { Device } from '../embed/device.ts';
import type { Embedder } from '../embed/embedder.ts';
import { SinterError } from '../errors.ts';
import { contentHash } from '../image/content-hash.ts';
import { decodeImage } from '../image/decode.ts';
import { encodePng } from '../image/encode-png.ts';
import type { InputRule } from '../image/pixels.ts';
import type { ModelCard } from './bundle-format.ts';
import type { Model } from './model.ts';

export type GoldenPair = ModelCard['golden'][number];

/** Side of the stored images: a few kilobytes each, and enough to tell graphs apart. */
const STORED_SIZE = 32;

/**
 * How far a number of an embedding may be off on a device. Float32 sums in another order stay well within 1e-3, another
 * graph or another layout does not. CUDA multiplies with 10 bits of mantissa (TF32) and Core ML in float16; neither can do
 * better over a whole network, and neighbours that differ by so little are as good as each other.
 */
const TOLERANCE: Record<Device, number> = { cpu: 1e-3, webgpu: 1e-3, dml: 1e-3, cuda: 5e-3, coreml: 2e-2 };

/** How far the length of a new pair's embedding may be off. */
const LENGTH_TOLERANCE = 1e-3;

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

/** The images of a card's pairs as the graph takes them, by the decoder of this machine. */
export function goldenPixels(card: ModelCard): Promise<Uint8Array[]> {
  return Promise.all(
    card.golden.map(async ({ png }) => (await decodeImage(Buffer.from(png, 'base64'), card.input)).data),
  );
}

/**
 * Checks that this machine decodes and embeds all pairs of a card as the machine did that made them. Pixels may differ by
 * rounding as long as the embedding stays close. Throws `bad-model`.
 */
export async function verifyGoldenPairs(card: ModelCard, embedder: Embedder): Promise<void> {
  const pixels = await goldenPixels(card);
  const vectors: Float32Array[] = [];
  // One by one: a queue may be allowed to hold no more.
  for (const each of pixels) vectors.push((await embedder.embed(each)).vector);
  checkGoldenVectors(card, { device: embedder.plan.device, pixels, vectors });
}

/** The same for vectors that were computed elsewhere from `goldenPixels`. */
export function checkGoldenVectors(
  card: ModelCard,
  { device, pixels, vectors }: { device: Device; pixels: Uint8Array[]; vectors: Float32Array[] },
): void {
  card.golden.forEach((pair, i) => {
    const where = `golden pair ${i + 1} of ${card.golden.length} of model ${card.name}`;
    requireLength(pair, card.dim, where);
    const error = largestDifference(vectors[i] as Float32Array, pair.embedding);
    const samePixels = contentHash(pixels[i] as Uint8Array) === pair.pixelsSha256;
    if (samePixels && !(error <= TOLERANCE[device])) throw engineDiffers(where, error, device);
    if (!(error <= ROUNDING_TOLERANCE)) throw decoderDiffers(where, error);
  });
}

/**
 * Checks that an open model still embeds the first of its golden images as it should, by way of the queue that searches
 * wait in. Throws `bad-model`, and as embedding does.
 */
export async function recheckGoldenPair(model: Model): Promise<void> {
  const [{ png, embedding }] = model.card.golden as [GoldenPair];
  const { vector } = await model.embedImage(Buffer.from(png, 'base64'));
  const error = largestDifference(vector, embedding);
  if (error <= ROUNDING_TOLERANCE) return;
  throw engineDiffers(`golden pair 1 of model ${model.card.name}`, error, model.plan.device);
}

function requireLength({ embedding }: GoldenPair, dim: number, where: string): void {
  if (embedding.length === dim) return;
  throw new SinterError('bad-model', `Expected ${dim} numbers in ${where}; got ${embedding.length}.`);
}

function decoderDiffers(where: string, error: number): SinterError {
  return new SinterError(
    'bad-model',
    `The image decoder of this machine differs: ${where} decodes to other pixels than where the bundle was made, and its embedding is off by ${error.toPrecision(2)}, at most ${ROUNDING_TOLERANCE} is expected. Install the locked version of sharp (\`npm ci\`), or export the model again here.`,
  );
}

function engineDiffers(where: string, error: number, device: Device): SinterError {
  const what = `The embedding of ${where} on the device ${device} is off by ${error.toPrecision(2)}, at most ${TOLERANCE[device]} is expected`;
  const advice =
    device === 'cpu'
      ? 'Install the locked version of onnxruntime-node (`npm ci`), or export the model again here'
      : "Update the device's driver, or take another device";
  return new SinterError('bad-model', `This machine computes differently: ${what}. ${advice}.`);
}

function requireUnitLength(vector: Float32Array, path: string): void {
  const length = Math.hypot(...vector);
  if (Math.abs(length - 1) <= LENGTH_TOLERANCE) return;
  throw new SinterError(
    'bad-model',
    `Expected embeddings of length 1 from ${path}; got one of length ${length}.`,
  );
}

function largestDifference(a: Float32Array, b: readonly number[]): number {
  return b.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (a[i] as number))), 0);
}
