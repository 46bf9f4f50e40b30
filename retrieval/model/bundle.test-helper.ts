/** A bundle around the tiny graph of `test/graphs`, for tests that need a model that is quick and known by heart. */
import { fileURLToPath } from 'node:url';
import { encodePng } from '../image/encode-png.ts';
import { type NewBundle, writeBundle } from './write-bundle.ts';

export const graphPath = (name: string) =>
  fileURLToPath(new URL(`../../test/graphs/${name}.onnx`, import.meta.url));

/** A PNG of one colour. */
export const colourPng = (r: number, g: number, b: number, size = 12): Promise<Uint8Array> => {
  const data = Uint8Array.from({ length: size * size * 3 }, (_, i) => [r, g, b][i % 3] as number);
  return encodePng({ data, width: size, height: size });
};

export const tinyBundle = async (graph: Uint8Array | string = graphPath('tiny')): Promise<NewBundle> => ({
  graph,
  card: {
    name: 'tiny',
    createdAt: '2026-01-02T03:04:05Z',
    dim: 4,
    input: { fit: 'squash', resize: 10, crop: 8 },
    backbone: { name: 'mean colour', featureDim: 3, parameters: 12 },
    training: { variant: 'hln', alpha: { start: 16, end: 4 }, epochs: 1, seed: 1, classes: 2, images: 4 },
    metrics: { 'recall@1': 0.5 },
  },
  goldenImages: await Promise.all([colourPng(200, 10, 10), colourPng(10, 200, 10), colourPng(9, 8, 7)]),
});

/** Writes the tiny bundle into `folder`. */
export const writeTinyBundle = async (folder: string) =>
  writeBundle(folder, await tinyBundle(), { workers: 1 });
