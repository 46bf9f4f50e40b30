/** The whole way from labelled images to a bundle: what `sinter train` does, for use from code. */
import { basename, dirname, join, resolve } from 'node:path';
import type { Protocol } from '../retrieval/dataset/benchmarks/benchmark.ts';
import type { LabelledImage } from '../retrieval/dataset/labelled-image.ts';
import { readDataSet } from '../retrieval/dataset/read-data-set.ts';
import type { ModelCard } from '../retrieval/model/bundle-format.ts';
import { requireBundleOrNothing } from '../retrieval/model/write-bundle.ts';
import type { LongWork } from '../retrieval/progress.ts';
import { seededRandom, shuffled } from '../retrieval/random.ts';
import { countParameters } from './backbones/network.ts';
import { CheckpointStore } from './checkpoint.ts';
import type { Skipped } from './data/pixel-store.ts';
import { type TrainingSet, trainingSet } from './data/training-set.ts';
import { embedSamples } from './embed-samples.ts';
import { type EpochRecord, EventLog } from './events.ts';
import { exportBundle } from './export.ts';
import type { BottleneckStart } from './heat/head.ts';
import { principalStart } from './heat/pca.ts';
import { VARIANTS } from './heat/variants.ts';
import { whitenedStart } from './heat/whitened-start.ts';
import type { Recipe } from './recipe.ts';
import { type Backbone, openSource, type Source } from './source.ts';
import { type Trained, type TrainingTask, train } from './train.ts';
import { type Comparison, compare, warningsOf } from './validation/comparison.ts';
import { judge, validationOf } from './validation/validation.ts';

/** Principal axes settle long before this many samples. */
const MOST_FOR_AXES = 4000;

export type TrainModel = {
  /** A folder of class folders, a manifest, or a benchmark in its own layout. */
  data: string;
  /** Which split of a benchmark's folder to train on. */
  protocol?: Protocol;
  /** Folder of the bundle. */
  out: string;
  backbone: Backbone;
  recipe: Recipe;
  /** Called with what was found out and decided on the way. */
  say?: (sentence: string) => void;
  /** Called with what the user should look into, as soon as it is known. */
  warn?: (sentence: string) => void;
};

export type TrainedModel = {
  card: ModelCard;
  skipped: Skipped[];
  /** The start and every epoch. */
  history: EpochRecord[];
  /** The epoch that was kept; 0 is the start. */
  epoch: number;
  /** What the model is worth on held-out images, and whether it beats its backbone. */
  comparisons: Comparison[];
};

/**
 * Trains and exports. Decoded pixels and features are kept in `.cache`, checkpoints and events in `.runs`, both beside the bundle's folder.
 * @throws SinterError `conflict` where `out` holds something else than a bundle; `interrupted` when the signal is aborted; the same call continues where it was.
 */
export async function trainModel(
  { data, protocol, out, backbone, recipe, say = () => {}, warn = () => {} }: TrainModel,
  work: LongWork = {},
): Promise<TrainedModel> {
  const folder = resolve(out);
  await requireBundleOrNothing(folder);
  const images = await readDataSet(data, protocol && { protocol });
  const set = trainingSet(images, recipe.holdOut, seededRandom(recipe.seed, 'hold-out'));
  for (const warning of set.warnings) warn(warning);
  const source = await openSource(backbone, {
    training: set.training,
    heldOut: [...set.open, ...set.closed],
    classes: set.classes,
    cache: join(dirname(folder), '.cache'),
    seed: recipe.seed,
    say,
    warn,
    work,
  });
  try {
    for (const { path, reason } of source.skipped) warn(`${path} is left out: ${reason}`);
    const run = openRun(folder, set, source, recipe);
    const start = await startOf(run, source);
    const trained = await train({ ...run, ...start }, work);
    const comparisons = await compareWithBackbone(run, source, trained);
    for (const warning of warningsOf(comparisons)) warn(warning);
    await run.log.append({ event: 'end', epoch: trained.epoch, comparisons });
    const card = await exportBundle({
      folder,
      card: describe(folder, run, source, trained, comparisons),
      network: source.network,
      recipe,
      ...start,
      trained,
      samples: source.samples,
      paths: source.images.map(({ path }) => path),
    });
    await run.checkpoints.clear();
    return { card, skipped: source.skipped, history: trained.history, epoch: trained.epoch, comparisons };
  } finally {
    await source.close();
  }
}

/** What `train` is asked to do, apart from where the bottleneck starts. */
function openRun(folder: string, set: TrainingSet, source: Source, recipe: Recipe): TrainingTask {
  const part = new Map<LabelledImage, 'training' | 'open' | 'closed'>();
  for (const name of ['training', 'open', 'closed'] as const)
    for (const image of set[name]) part.set(image, name);
  const partOf = (image: LabelledImage) => part.get(image) ?? 'training';
  const numbered = source.images.map((image, number) => ({ image, number }));
  const runFolder = join(dirname(folder), '.runs', basename(folder));
  const decides = {
    recipe,
    images: source.images.map((image) => [image.id, image.label, partOf(image)]),
    network: source.identity,
  };
  return {
    network: source.trained,
    samples: source.samples,
    training: numbered.filter(({ image }) => partOf(image) === 'training').map(({ number }) => number),
    classes: set.classes.length,
    validation: validationOf(source.images, partOf, seededRandom(recipe.seed, 'validation')),
    classNames: source.images.map(({ label }) => label),
    recipe,
    checkpoints: new CheckpointStore(runFolder, decides),
    log: new EventLog(join(runFolder, 'events.jsonl')),
  };
}

/** The bottleneck's start as computed from the untrained features, where the recipe wants it and there are any. */
async function startOf(
  { recipe, training, samples }: TrainingTask,
  { untrained, network }: Source,
): Promise<{ bottleneck?: BottleneckStart }> {
  if (recipe.initialisation === 'chance' || !untrained) return {};
  const { head } = VARIANTS[recipe.variant];
  const random = seededRandom(recipe.seed, 'pca');
  const numbers = shuffled(training, random).slice(0, MOST_FOR_AXES);
  const features = await untrained(numbers);
  const [from, { dim }] = [network.featureDim, recipe];
  if (recipe.initialisation === 'pca')
    return { bottleneck: await principalStart(features, from, dim, head, random) };
  const labels = Int32Array.from(numbers, (number) => samples.labels[number]);
  return { bottleneck: await whitenedStart(features, labels, from, dim, head, random) };
}

async function compareWithBackbone(
  { validation, classNames, samples, recipe }: TrainingTask,
  { untrained }: Source,
  { graph }: Trained,
): Promise<Comparison[]> {
  const ours = await judge(validation, classNames, (numbers) => embedSamples(graph, samples, numbers));
  const theirs = untrained && (await judge(validation, classNames, untrained));
  return compare(ours, theirs, recipe.seed);
}

function describe(
  folder: string,
  { recipe, training, classes }: TrainingTask,
  { network, input }: Source,
  { history, epoch }: Trained,
  comparisons: Comparison[],
) {
  const { variant, dim, heat, seed } = recipe;
  const { loss } = history[epoch];
  return {
    name: basename(folder),
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
      images: training.length,
    },
    metrics: {
      ...(loss !== undefined && { trainingLoss: loss }),
      ...Object.assign({}, ...comparisons.map(cardFigures)),
    },
  };
}

/** Recall@1 on held-out images under names such as `openRecallAt1`. */
function cardFigures({ protocol, recallAt1: { trained, frozen } }: Comparison): Record<string, number> {
  const name = `${protocol}RecallAt1`;
  return { [name]: trained.mean, ...(frozen && { [`${name}OfBackbone`]: frozen.mean }) };
}
