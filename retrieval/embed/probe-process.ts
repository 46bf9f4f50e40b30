/** The process in which `probeDevice` tries a device out: one request comes in as a message, one answer goes out. */
import type { Embedder } from './embedder.ts';
import { openEmbedder } from './open-embedder.ts';
import type { Probe, ProbeRequest, Speed } from './probe-device.ts';

/** A round of so long is told apart from noise, and so short that nobody minds waiting for a few of them. */
const ROUND_MS = 150;
const MOST_IN_ROUND = 1024;
/** Whatever else the machine does only ever makes a round slower. */
const ROUNDS = 3;

process.once('message', async (request: ProbeRequest) => {
  const answer = await probe(request).catch((error: Error): Probe => ({ failure: error.message }));
  // Not before the answer is through; and without waiting for drivers, which may hang when they are unloaded.
  process.send?.(answer, () => process.exit());
});

async function probe({ graph, device, images, shapes }: ProbeRequest): Promise<Probe> {
  const speeds: Speed[] = [];
  let vectors: Float32Array[] = [];
  for (const shape of shapes) {
    const embedder = await openEmbedder(graph, { device, ...shape });
    if (speeds.length === 0) vectors = await embedAll(embedder, images);
    speeds.push({ ...shape, imagesPerSecond: await speedOf(embedder, images[0] as Uint8Array) });
    await embedder.close();
  }
  return { vectors, speeds };
}

/** By rounds of 1, 2, 4 … images at once until one takes long enough, and that one a few times: the fastest tells. */
async function speedOf(embedder: Embedder, image: Uint8Array): Promise<number> {
  const msOf = async (count: number) => {
    const start = performance.now();
    await embedAll(embedder, new Array<Uint8Array>(count).fill(image));
    return performance.now() - start;
  };
  let count = 1;
  let ms = await msOf(count);
  while (ms < ROUND_MS && count < MOST_IN_ROUND) {
    count *= 2;
    ms = await msOf(count);
  }
  for (let round = 1; round < ROUNDS; round++) ms = Math.min(ms, await msOf(count));
  return (1000 * count) / ms;
}

async function embedAll(embedder: Embedder, images: readonly Uint8Array[]): Promise<Float32Array[]> {
  const embeddings = await Promise.all(images.map((image) => embedder.embed(image)));
  return embeddings.map(({ vector }) => vector);
}
