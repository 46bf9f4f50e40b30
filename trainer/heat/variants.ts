/** The losses that a model can be trained with, each with all that belongs to it: what the command line shows and a recipe follows. */
import type { Head } from './head.ts';
import { arcFace } from './losses/arcface.ts';
import { cosFace } from './losses/cosface.ts';
import { batchNormalisedSoftmax, l2NormalisedSoftmax } from './losses/heated-softmax.ts';
import type { Loss } from './losses/loss.ts';
import { multiSimilarity } from './losses/multi-similarity.ts';
import { normSoftmax } from './losses/norm-softmax.ts';
import { proxyAnchor } from './losses/proxy-anchor.ts';
import { proxyNca } from './losses/proxy-nca.ts';
import { softmax } from './losses/softmax.ts';
import { tripletSemiHard } from './losses/triplet.ts';

export type Variant =
  | 'sm'
  | 'sm-ls'
  | 'ln'
  | 'bn'
  | 'hln'
  | 'hbn'
  | 'normsoftmax'
  | 'cosface'
  | 'arcface'
  | 'proxynca++'
  | 'proxy-anchor'
  | 'triplet'
  | 'multi-similarity';

export type VariantRule = {
  title: string;
  /** With its hyper-parameters. */
  loss: Loss;
  /** What the bottleneck has besides its linear layer. */
  head: Head;
  /** Whether training ends, unless told otherwise, with a smaller α and learning rate. */
  heated: boolean;
  /** α at the start when none is given: the factor on similarities. Absent where the loss has none, as on pairs. */
  alpha?: number;
  /** Share of the target spread over all classes when none is given. */
  labelSmoothing: number;
  /** Whether there is a weight vector (proxy) for each class, which may start from the class means. */
  hasClassWeights: boolean;
  /** Factor on the learning rate for class weights that the authors recommend. */
  proxyRate: number;
  /** Images of a class in a batch when drawn class by class; absent where batches are drawn from all images alike. */
  imagesPerClass?: number;
};

/** What is so in most losses: a softmax over classes on a plain bottleneck, all weights at one rate, batches from all images. */
const CLASSIFYING = {
  head: {},
  heated: false,
  labelSmoothing: 0,
  hasClassWeights: true,
  proxyRate: 1,
} satisfies Partial<VariantRule>;

/** Losses on the pairs of a batch need several images of a class in it. */
const ON_PAIRS = { ...CLASSIFYING, hasClassWeights: false, imagesPerClass: 4 } satisfies Partial<VariantRule>;

const L2_NORMALISED = { ...CLASSIFYING, loss: l2NormalisedSoftmax, alpha: 16 };
const BATCH_NORMALISED = {
  ...CLASSIFYING,
  loss: batchNormalisedSoftmax,
  head: { batchNorm: true } as const,
  alpha: 16,
};

export const VARIANTS: Readonly<Record<Variant, VariantRule>> = {
  sm: { ...CLASSIFYING, title: 'softmax', loss: softmax, alpha: 1 },
  'sm-ls': {
    ...CLASSIFYING,
    title: 'softmax with smoothed labels',
    loss: softmax,
    alpha: 1,
    labelSmoothing: 0.1,
  },
  ln: { ...L2_NORMALISED, title: 'l2-normalised softmax' },
  bn: { ...BATCH_NORMALISED, title: 'batch-normalised softmax' },
  hln: { ...L2_NORMALISED, title: 'heated-up l2-normalised softmax', heated: true },
  hbn: { ...BATCH_NORMALISED, title: 'heated-up batch-normalised softmax', heated: true },
  // α = 1/T, T = 0.05. The authors draw 25 images of each class in a batch of 75, 5 for sets of small classes.
  normsoftmax: {
    ...CLASSIFYING,
    title: 'NormSoftmax',
    loss: normSoftmax,
    head: { layerNorm: true },
    alpha: 20,
    imagesPerClass: 4,
  },
  // Margin and scale of the face recognition papers, also the defaults of PyTorch Metric Learning.
  cosface: { ...CLASSIFYING, title: 'CosFace', loss: cosFace({ margin: 0.35 }), alpha: 64 },
  arcface: { ...CLASSIFYING, title: 'ArcFace', loss: arcFace({ margin: 0.5 }), alpha: 64 },
  // α = 1/T, T = 1/9. The authors' factor on the proxies' rate, 1e5, belongs to Adam with an ε of 1: 100 is Proxy-Anchor's.
  'proxynca++': {
    ...CLASSIFYING,
    title: 'ProxyNCA++',
    loss: proxyNca,
    head: { layerNorm: true },
    alpha: 9,
    proxyRate: 100,
    imagesPerClass: 4,
  },
  'proxy-anchor': {
    ...CLASSIFYING,
    title: 'Proxy-Anchor',
    loss: proxyAnchor({ margin: 0.1 }),
    alpha: 32,
    proxyRate: 100,
  },
  triplet: {
    ...ON_PAIRS,
    title: 'triplets with semi-hard negatives',
    loss: tripletSemiHard({ margin: 0.2 }),
  },
  // The paper's α, β and ε; its λ is 1, the authors' code has 0.5.
  'multi-similarity': {
    ...ON_PAIRS,
    title: 'multi-similarity',
    loss: multiSimilarity({ pull: 2, push: 50, base: 0.5, margin: 0.1 }),
  },
};
