/** The format of `model.json`, which travels with `embedder.onnx` in a bundle, and how it is validated. */
import { z } from 'zod';

export const BUNDLE_VERSION = 1;
export const GRAPH_FILE = 'embedder.onnx';
export const CARD_FILE = 'model.json';

/** One check of a bundle: a small PNG, the hash of the pixels that it decodes to, and its embedding. */
const goldenPair = z.object({
  png: z.base64(),
  pixelsSha256: z.string().regex(/^[0-9a-f]{64}$/),
  embedding: z.array(z.number()),
});

export const modelCard = z.object({
  formatVersion: z.literal(BUNDLE_VERSION),
  name: z.string().min(1),
  createdAt: z.iso.datetime(),
  /** Length of an embedding. */
  dim: z.int().positive(),
  /** How an image becomes the graph's input. */
  input: z
    .object({
      fit: z.enum(['squash', 'cover', 'contain']),
      resize: z.int().positive(),
      crop: z.int().positive(),
    })
    .refine(({ crop, resize }) => crop <= resize, 'crop must not be larger than resize'),
  /** sha256 of `embedder.onnx`: the identity of the model, under which galleries keep its embeddings. */
  graphSha256: z.string().regex(/^[0-9a-f]{64}$/),
  backbone: z.object({ name: z.string(), featureDim: z.int().positive(), parameters: z.int().nonnegative() }),
  training: z.object({
    variant: z.enum([
      'sm',
      'sm-ls',
      'ln',
      'bn',
      'hln',
      'hbn',
      'normsoftmax',
      'cosface',
      'arcface',
      'proxynca++',
      'proxy-anchor',
      'triplet',
      'multi-similarity',
    ]),
    alpha: z.object({ start: z.number().positive(), end: z.number().positive() }),
    epochs: z.int().positive(),
    seed: z.int(),
    classes: z.int().positive(),
    images: z.int().positive(),
    /** Absolute path of the labelled images, where the training machine had them, and the protocol of a benchmark. */
    data: z.string().optional(),
    protocol: z.enum(['open', 'closed']).optional(),
  }),
  /** Figures measured when the bundle was made, such as `{"recall@1": 0.52}` of held-out classes. */
  metrics: z.record(z.string(), z.number()),
  golden: z.array(goldenPair).min(1),
});

export type ModelCard = z.infer<typeof modelCard>;
