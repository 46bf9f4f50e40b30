/** Runs a frozen backbone over images, once for each content, through the same decoding and worker threads that serve searches. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { openEmbedder } from '../../retrieval/embed/open-embedder.ts';
import type { InputRule } from '../../retrieval/image/pixels.ts';
import { embedFiles } from '../../retrieval/model/embed-files.ts';
import { embedImage } from '../../retrieval/model/embed-image.ts';
import type { ImageEmbedder } from '../../retrieval/model/model.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { fingerprint } from '../backbones/import-backbone.ts';
import type { Network } from '../backbones/network.ts';
import { encodeModel } from '../onnx/model-file.ts';
import { FeatureCache } from './feature-cache.ts';
import type { Skipped } from './pixel-store.ts';

export type Features = {
  /** The images that could be decoded. */
  images: LabelledImage[];
  /** float32 [images, featureDim]. */
  values: Float32Array;
  skipped: Skipped[];
};

/** Computes what `cacheFolder` does not have yet; a run that was stopped continues there. */
export async function computeFeatures(
  network: Network,
  rule: InputRule,
  images: LabelledImage[],
  cacheFolder: string,
  work: LongWork = {},
): Promise<Features> {
  await mkdir(cacheFolder, { recursive: true });
  const name = `${fingerprint(network.graph).slice(0, 16)}-${rule.fit}-${rule.resize}-${rule.crop}`;
  const path = join(cacheFolder, `${name}.onnx`);
  await writeFile(path, encodeModel(network.graph));
  const embedder = await openEmbedder({ path, size: network.inputSize, dim: network.featureDim });
  const cache = await FeatureCache.open(join(cacheFolder, `${name}.features`), network.featureDim);
  try {
    const model: ImageEmbedder = {
      atOnce: embedder.atOnce,
      embedImage: (bytes, signal) => embedImage(embedder, rule, bytes, signal),
    };
    const known = (hash: string) => cache.get(hash);
    const found: { image: LabelledImage; vector: Float32Array }[] = [];
    const skipped: Skipped[] = [];
    for await (const result of embedFiles(model, images, { ...work, known })) {
      if ('skipped' in result) {
        skipped.push({ path: result.file.path, reason: result.skipped });
        continue;
      }
      await cache.add(result.contentHash, result.vector);
      found.push({ image: result.file, vector: result.vector });
    }
    const values = new Float32Array(found.length * network.featureDim);
    found.forEach(({ vector }, row) => {
      values.set(vector, row * network.featureDim);
    });
    return { images: found.map(({ image }) => image), values, skipped };
  } finally {
    await cache.close();
    await embedder.close();
  }
}
