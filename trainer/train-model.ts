/** The whole way from labelled images to a bundle: what `sinter train` does, for use from code. */
import { basename, dirname, join, resolve } from 'node:path';
import type { LabelledImage } from '../retrieval/dataset/labelled-image.ts';
import { readDataSet } from '../retrieval/dataset/read-data-set.ts';
import type { InputRule } from '../retrieval/image/pixels.ts';
import type { ModelCard } from '../retrieval/model/bundle-format.ts';
import { requireBundleOrNothing } from '../retrieval/model/write-bundle.ts';
import type { LongWork } from '../retrieval/progress.ts';
import { seededRandom } from '../retrieval/random.ts';
import { type BackboneOptions, fingerprint, importBackbone } from './backbones/import-backbone.ts';
import { countParameters, featuresAsInput, type Network } from './backbones/network.ts';
import { buildResidualNetwork, type ResidualNetwork } from './backbones/residual-network.ts';
import { CheckpointStore } from './checkpoint.ts';
import type { Augmentation } from './data/augment.ts';
import { computeFeatures } from './data/compute-features.ts';
import { featureSamples } from './data/feature-samples.ts';
import { pixelSamples } from './data/pixel-samples.ts';
import { openPixelStore, type Skipped } from './data/pixel-store.ts';
import type { Samples } from './data/samples.ts';
import { classNumbers, trainingSet } from './data/training-set.ts';
import { exportBundle } from './export.ts';
import type { Recipe } from './recipe.ts';
import { train } from './train.ts';

/** Either a frozen backbone from an ONNX file, on which only the head is trained, or a small network from nothing. */
export type Backbone =
  | ({ kind: 'onnx'; path: string; fit: InputRule['fit']; resize?: number } & BackboneOptions)
  | {
      kind: 'residual';
      network: ResidualNetwork;
      fit: InputRule['fit'];
      resize: number;
      augmentation: Augmentation;
    };

export type TrainModel = {
  /** A folder of class folders or a manifest. */
  data: string;
  /** Folder of the bundle. */
  out: string;
  backbone: Backbone;
  recipe: Recipe;
  /** Called with every sentence that the user should see, before the time-consuming part. */
  warn?: (sentence: string) => void;
};

export type TrainedModel = {
  card: ModelCard;
  skipped: Skipped[];
  /** Mean loss of every epoch. */
  losses: number[];
};

/**
 * Trains and exports. Decoded pixels and features are kept in `.cache`, checkpoints in `.runs`, both beside the bundle's folder.
 * @throws SinterError `conflict` where `out` holds something else than a bundle; `interrupted` when the signal is aborted; the same call continues where it was.
 */
export async function trainModel(
  { data, out, backbone, recipe, warn }: TrainModel,
  work: LongWork = {},
): Promise<TrainedModel> {
  const folder = resolve(out);
  await requireBundleOrNothing(folder);
  const set = trainingSet(await readDataSet(data));
  for (const warning of set.warnings) warn?.(warning);
  const cache = join(dirname(folder), '.cache');
  const source =
    backbone.kind === 'onnx'
      ? await frozenSource(backbone, set.images, set.classes, cache, work)
      : await freshSource(backbone, set.images, set.classes, recipe, cache, work);
  try {
    for (const { path, reason } of source.skipped) warn?.(`${path} is left out: ${reason}`);
    const run = {
      recipe,
      images: source.images.map(({ id, label }) => [id, label]),
      network: source.identity,
    };
    const checkpoints = new CheckpointStore(join(dirname(folder), '.runs', basename(folder)), run);
    const trained = await train(
      source.trained,
      source.samples,
      set.classes.length,
      recipe,
      checkpoints,
      work,
    );
    const card = await exportBundle({
      folder,
      card: describe(basename(folder), source, recipe, set.classes.length, trained.losses),
      network: source.network,
      recipe,
      trained,
      samples: source.samples,
      paths: source.images.map(({ path }) => path),
    });
    await checkpoints.clear();
    return { card, skipped: source.skipped, losses: trained.losses };
  } finally {
    await source.close();
  }
}

/** What training draws from, and the two ends of it: the network from pixels on, and the part of it that is trained. */
type Source = {
  network: Network;
  trained: Network;
  /** Whatever decides the network's start, for telling runs apart. */
  identity: unknown;
  input: InputRule;
  samples: Samples;
  images: LabelledImage[];
  skipped: Skipped[];
  close: () => Promise<void>;
};

async function frozenSource(
  backbone: Backbone & { kind: 'onnx' },
  images: LabelledImage[],
  classes: string[],
  cache: string,
  work: LongWork,
): Promise<Source> {
  const network = await importBackbone(backbone.path, backbone);
  const crop = network.inputSize;
  // The paper cuts 224 pixels out of 256.
  const input = { fit: backbone.fit, resize: backbone.resize ?? Math.round((crop * 256) / 224), crop };
  const features = await computeFeatures(network, input, images, cache, work);
  const samples = featureSamples(features.values, classNumbers(features.images, classes));
  const { images: kept, skipped } = features;
  return {
    network,
    trained: featuresAsInput(network),
    identity: fingerprint(network.graph),
    input,
    samples,
    images: kept,
    skipped,
    close: async () => {},
  };
}

async function freshSource(
  backbone: Backbone & { kind: 'residual' },
  images: LabelledImage[],
  classes: string[],
  { seed }: Recipe,
  cache: string,
  work: LongWork,
): Promise<Source> {
  const network = buildResidualNetwork(backbone.network, seededRandom(seed, 'backbone'));
  const { fit, resize, augmentation } = backbone;
  const input = { fit, resize, crop: network.inputSize };
  const store = await openPixelStore(cache, images, { fit, size: resize }, work);
  const samples = pixelSamples(store, classNumbers(store.images, classes), network.inputSize, augmentation);
  const identity = { network: backbone.network, input, augmentation };
  return {
    network,
    trained: network,
    identity,
    input,
    samples,
    images: store.images,
    skipped: store.skipped,
    close: store.close,
  };
}

function describe(
  name: string,
  { network, input, images }: Source,
  { variant, dim, heat, seed }: Recipe,
  classes: number,
  losses: number[],
) {
  return {
    name,
    dim,
    input,
    backbone: {
      name: network.name,
      featureDim: network.featureDim,
      parameters: countParameters(network.graph),
    },
    training: {
      variant,
      alpha: { start: heat.alpha, end: heat.heatedAlpha },
      epochs: heat.epochs,
      seed,
      classes,
      images: images.length,
    },
    metrics: { trainingLoss: losses[losses.length - 1] },
  };
}
