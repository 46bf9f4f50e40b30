/** Opens a bundle: nothing is embedded with it before its card, its graph and its golden pairs have been checked here. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { DeviceChoice } from '../embed/device.ts';
import type { Embedder, EmbedderOptions, Load, RunPlan } from '../embed/embedder.ts';
import { openEmbedder } from '../embed/open-embedder.ts';
import { SinterError } from '../errors.ts';
import { contentHash } from '../image/content-hash.ts';
import type { DecodeLimits } from '../image/decode.ts';
import { decoders } from '../image/decoders.ts';
import type { Crop } from '../image/pixels.ts';
import { GRAPH_FILE, type ModelCard } from './bundle-format.ts';
import { choosePlan } from './choose-plan.ts';
import { embedImage } from './embed-image.ts';
import { verifyGoldenPairs } from './golden.ts';
import type { EmbeddedImage, Model } from './model.ts';
import { readCard } from './read-card.ts';

export type OpenModelOptions = Omit<EmbedderOptions, 'device'> & {
  /**
   * Where it runs. What is asked for here is tried out first: other devices than the CPU, and how many `workers` and
   * `threadsPerWorker` are fastest where they are left open. What was found is remembered beside the bundle.
   * Without it, it runs on the CPU with the defaults of `openEmbedder`, and nothing is tried.
   */
  device?: DeviceChoice;
  /** Told, in a sentence, what was measured and chosen. */
  say?: (sentence: string) => void;
  /** What images may be; by default as `decodeImage` has it. */
  limits?: DecodeLimits | undefined;
};

/** Beside the bundles of a shelf: what is found out about them, and can be found out again. */
const CACHE = '.cache';

/**
 * Opens the bundle in `folder`. Throws `not-found` where there is none, and `bad-model` where the card is damaged, the
 * graph is not the card's, or this machine decodes or embeds the golden images differently, `no-device` where a device
 * that was asked for by name cannot be used.
 */
export async function openModel(
  folder: string,
  { device, say, limits, ...options }: OpenModelOptions = {},
): Promise<Model> {
  const card = await readCard(resolve(folder));
  decoders.prepare();
  const path = join(resolve(folder), GRAPH_FILE);
  await requireGraph(path, card);
  const graph = { path, size: card.input.crop, dim: card.dim };
  const cache = join(dirname(resolve(folder)), CACHE);
  const plan =
    device && (await choosePlan(card, graph, { device, ...options }, { cache, ...(say && { say }) }));
  const embedder = await openEmbedder(graph, { ...options, ...plan }).catch((error: SinterError) => {
    if (device !== 'auto' || error.code !== 'no-device') throw error;
    // It was there when the plan was made.
    say?.(`${error.message} Embedding on the CPU instead.`);
    return openEmbedder(graph, options);
  });
  try {
    await verifyGoldenPairs(card, embedder);
  } catch (error) {
    await embedder.close();
    throw error;
  }
  return new OpenModel(card, embedder, limits);
}

class OpenModel implements Model {
  readonly card: ModelCard;
  readonly #embedder: Embedder;
  readonly #limits: DecodeLimits;
  readonly #listeners: ((embedded: EmbeddedImage) => void)[] = [];

  constructor(card: ModelCard, embedder: Embedder, limits: DecodeLimits = {}) {
    this.card = card;
    this.#embedder = embedder;
    this.#limits = limits;
  }

  get id(): string {
    return this.card.graphSha256;
  }

  get plan(): RunPlan {
    return this.#embedder.plan;
  }

  get atOnce(): number {
    return this.#embedder.atOnce;
  }

  load(): Load {
    return this.#embedder.load();
  }

  observe(listener: (embedded: EmbeddedImage) => void): void {
    this.#listeners.push(listener);
  }

  async embedImage(image: Uint8Array, signal?: AbortSignal, crop?: Crop): Promise<EmbeddedImage> {
    const embedded = await embedImage(this.#embedder, this.card.input, image, signal, {
      ...this.#limits,
      crop,
    });
    for (const listener of this.#listeners) listener(embedded);
    return embedded;
  }

  close(): Promise<void> {
    return this.#embedder.close();
  }
}

async function requireGraph(path: string, card: ModelCard): Promise<void> {
  const bytes = await readFile(path).catch(() => {
    throw new SinterError('bad-model', `Expected the graph ${path} beside its card; it is not there.`);
  });
  const got = contentHash(bytes);
  if (got === card.graphSha256) return;
  throw new SinterError(
    'bad-model',
    `${path} is not the graph of its card: expected sha256 ${card.graphSha256}, got ${got}. Copy the whole bundle again, or export the model again.`,
  );
}
