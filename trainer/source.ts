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

/** Images as samples, in their order; those that cannot be decoded are left out. */
export type OpenedImages = {
  samples: Samples;
  images: LabelledImage[];
  skipped: Skipped[];
  close: () => Promise<void>;
};

export type Source = OpenedImages & {
  /** From pixels on. */
  network: Network;
  /** The part of it that the samples go through. */
  trained: Network;
  /** Whatever decides the network's start and the samples, for telling runs apart. */
  identity: unknown;
  input: InputRule;
  /** Features of the backbone as it came, [numbers, featureDim]; not of a network from nothing, which has none to speak of. */
  untrained?: Embed;
  /** Other images as samples for the same network. */
  open: (images: LabelledImage[]) => Promise<OpenedImages>;
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

/** Behind a frozen backbone: images become features once. */
async function featureSource(network: Network, input: InputRule, job: Job): Promise<Source> {
  const open = async (images: LabelledImage[]): Promise<OpenedImages> => {
    const { values, ...found } = await computeFeatures(network, input, images, job.cache, job.work);
    const samples = featureSamples(values, classNumbers(found.images, job.classes));
    return { samples, ...found, close: async () => {} };
  };
  const opened = await open([...job.training, ...job.heldOut]);
  return {
    ...opened,
    network,
    trained: featuresAsInput(network),
    identity: { network: fingerprint(network.graph), input },
    input,
    untrained: async (numbers) => (await opened.samples.batch(numbers)).data as Float32Array,
    open,
  };
}

/** In front of a network that is trained: decoded pixels, drawn anew every time. */
async function pixelSource(
  network: Network,
  input: InputRule,
  augmentation: Augmentation,
  start: unknown,
  { training, heldOut, classes, cache, work }: Job,
): Promise<Source> {
  const open = async (images: LabelledImage[]): Promise<OpenedImages> => {
    const store = await openPixelStore(cache, images, { fit: input.fit, size: input.resize }, work);
    const labels = classNumbers(store.images, classes);
    return { ...store, samples: pixelSamples(store, labels, network.inputSize, augmentation) };
  };
  const opened = await open([...training, ...heldOut]);
  return {
    ...opened,
    network,
    trained: network,
    identity: { network: start, parameters: network.parameters, input, augmentation },
    input,
    untrained: (numbers) =>
      embedSamples(network.graph, opened.samples, numbers, { ...work, stage: 'features' }),
    open,
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
