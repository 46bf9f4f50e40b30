/** What training draws from: the images through a frozen backbone to features once, or pixels again and again through a network that is trained. */
import type { LabelledImage } from '../retrieval/dataset/labelled-image.ts';
import type { InputRule } from '../retrieval/image/pixels.ts';
import { seededRandom } from '../retrieval/random.ts';
import { fingerprint } from './backbones/import-backbone.ts';
import { featuresAsInput, type Network } from './backbones/network.ts';
import { buildResidualNetwork, type ResidualNetwork } from './backbones/residual-network.ts';
import type { Augmentation } from './data/augment.ts';
import { computeFeatures } from './data/compute-features.ts';
import { featureSamples } from './data/feature-samples.ts';
import { pixelSamples } from './data/pixel-samples.ts';
import { openPixelStore, type Skipped } from './data/pixel-store.ts';
import type { Samples } from './data/samples.ts';
import { classNumbers } from './data/training-set.ts';
import { embedSamples } from './embed-samples.ts';
import { type BackboneJob, type OnnxBackbone, prepareBackbone } from './prepare-backbone.ts';
import type { Embed } from './validation/validation.ts';

/** A network from an ONNX file, of which nothing, a part or all is trained beside the head, or a small network from nothing. */
export type Backbone =
  | (OnnxBackbone & {
      kind: 'onnx';
      /** Of the training views; a head alone is trained on the centre of each image. */
      augmentation: Augmentation;
    })
  | {
      kind: 'residual';
      network: ResidualNetwork;
      fit: InputRule['fit'];
      resize: number;
      augmentation: Augmentation;
    };

export type Source = {
  /** From pixels on. */
  network: Network;
  /** The part of it that the samples go through. */
  trained: Network;
  /** Whatever decides the network's start and the samples, for telling runs apart. */
  identity: unknown;
  input: InputRule;
  samples: Samples;
  /** The images of the samples, in their order. */
  images: LabelledImage[];
  skipped: Skipped[];
  /** Features of the backbone as it came, [numbers, featureDim]; not of a network from nothing, which has none to speak of. */
  untrained?: Embed;
  close: () => Promise<void>;
};

type Job = Omit<BackboneJob, 'images'> & {
  training: LabelledImage[];
  /** Images that are not trained on. */
  heldOut: LabelledImage[];
  /** Names of the classes of `training`, in order of their number. */
  classes: string[];
};

/** Opens the samples of all images that can be decoded. */
export async function openSource(backbone: Backbone, job: Job): Promise<Source> {
  if (backbone.kind === 'residual') return residualSource(backbone, job);
  const { network, input } = await prepareBackbone(backbone, { ...job, images: job.training });
  return backbone.scope === 'head'
    ? featureSource(network, input, job)
    : pixelSource(network, input, backbone.augmentation, fingerprint(network.graph), job);
}

async function featureSource(network: Network, input: InputRule, job: Job): Promise<Source> {
  const { images, values, skipped } = await computeFeatures(
    network,
    input,
    imagesOf(job),
    job.cache,
    job.work,
  );
  const dim = network.featureDim;
  return {
    network,
    trained: featuresAsInput(network),
    identity: { network: fingerprint(network.graph), input },
    input,
    samples: featureSamples(values, classNumbers(images, job.classes)),
    images,
    skipped,
    untrained: async (numbers) => {
      const features = new Float32Array(numbers.length * dim);
      numbers.forEach((number, row) => {
        features.set(values.subarray(number * dim, (number + 1) * dim), row * dim);
      });
      return features;
    },
    close: async () => {},
  };
}

async function pixelSource(
  network: Network,
  input: InputRule,
  augmentation: Augmentation,
  start: unknown,
  job: Job,
): Promise<Source> {
  const { classes, cache, work } = job;
  const store = await openPixelStore(cache, imagesOf(job), { fit: input.fit, size: input.resize }, work);
  const samples = pixelSamples(store, classNumbers(store.images, classes), network.inputSize, augmentation);
  return {
    network,
    trained: network,
    identity: { network: start, parameters: network.parameters, input, augmentation },
    input,
    samples,
    images: store.images,
    skipped: store.skipped,
    untrained: (numbers) => embedSamples(network.graph, samples, numbers, { ...work, stage: 'features' }),
    close: store.close,
  };
}

async function residualSource(
  { network: spec, fit, resize, augmentation }: Backbone & { kind: 'residual' },
  job: Job,
): Promise<Source> {
  const network = buildResidualNetwork(spec, seededRandom(job.seed, 'backbone'));
  const input = { fit, resize, crop: network.inputSize };
  const { untrained: _, ...source } = await pixelSource(network, input, augmentation, spec, job);
  return source;
}

function imagesOf({ training, heldOut }: Job): LabelledImage[] {
  return [...training, ...heldOut];
}
