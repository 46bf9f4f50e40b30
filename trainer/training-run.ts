/** A training from labelled images to a judged embedding: what an export and a test both go on from. */
import { basename, dirname, join, resolve } from 'node:path';
import type { BenchmarkId, Protocol } from '../retrieval/dataset/benchmarks/benchmark.ts';
import type { LabelledImage } from '../retrieval/dataset/labelled-image.ts';
import { readDataSet } from '../retrieval/dataset/read-data-set.ts';
import type { LongWork } from '../retrieval/progress.ts';
import { seededRandom, shuffled } from '../retrieval/random.ts';
import { CheckpointStore } from './checkpoint.ts';
import { type TrainingSet, trainingSet } from './data/training-set.ts';
import { embedSamples } from './embed-samples.ts';
import { EventLog } from './events.ts';
import type { BottleneckStart } from './heat/head.ts';
import { principalStart } from './heat/pca.ts';
import { VARIANTS } from './heat/variants.ts';
import { whitenedStart } from './heat/whitened-start.ts';
import type { Recipe } from './recipe.ts';
import { type Backbone, openSource, type Source } from './source.ts';
import { type Trained, type TrainingTask, train } from './train.ts';
import { type Comparison, compare, warningsOf } from './validation/comparison.ts';
import { judge, validationOf } from './validation/validation.ts';

export type TrainingJob = {
  /** A folder of class folders, a manifest, or a benchmark in its own layout. */
  data: string;
  /** The benchmark that the data must be. */
  benchmark?: BenchmarkId;
  /** Which split of a benchmark's folder to train on. */
  protocol?: Protocol;
  /** Folder of the model. Decoded pixels and features are kept in `.cache`, checkpoints and events in `.runs`, both beside it. */
  out: string;
  backbone: Backbone;
  recipe: Recipe;
  /** Called with what was found out and decided on the way. */
  say?: (sentence: string) => void;
  /** Called with what the user should look into, as soon as it is known. */
  warn?: (sentence: string) => void;
};

export type FinishedTraining = {
  task: TrainingTask;
  source: Source;
  trained: Trained;
  /** What the embedding is worth on held-out images, and whether it beats its backbone. */
  comparisons: Comparison[];
};

/** Principal axes settle long before this many samples. */
const MOST_FOR_AXES = 4000;

/**
 * Trains, hands the outcome to `finish`, and then clears the checkpoints away: until `finish` is done the same call goes
 * on where it was.
 * @throws SinterError `interrupted` when the signal is aborted; what reading, importing and training throw.
 */
export async function runTraining<T>(
  { data, benchmark, protocol, out, backbone, recipe, say = () => {}, warn = () => {} }: TrainingJob,
  work: LongWork,
  finish: (finished: FinishedTraining) => Promise<T>,
): Promise<T> {
  const folder = resolve(out);
  const images = await readDataSet(data, {
    ...(benchmark && { benchmark }),
    ...(protocol && { protocol }),
  });
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
    const task = await taskOf(folder, set, source, recipe);
    const trained = await train(task, work);
    const comparisons = await compareWithBackbone(task, source, trained);
    for (const warning of warningsOf(comparisons)) warn(warning);
    await task.log.append({ event: 'end', epoch: trained.epoch, comparisons });
    const result = await finish({ task, source, trained, comparisons });
    await task.checkpoints.clear();
    return result;
  } finally {
    await source.close();
  }
}

async function taskOf(
  folder: string,
  set: TrainingSet,
  source: Source,
  recipe: Recipe,
): Promise<TrainingTask> {
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
  const training = numbered.filter(({ image }) => partOf(image) === 'training').map(({ number }) => number);
  return {
    ...(await startOf(training, source, recipe)),
    network: source.trained,
    samples: source.samples,
    training,
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
  training: number[],
  { untrained, network, samples }: Source,
  recipe: Recipe,
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
