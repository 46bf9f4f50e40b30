/**
 * Heated-up softmax training (arXiv 1809.04157, section 3.3): train at an intermediate α until it converges, then heat up
 * to a small α at a tenth of the learning rate. One step is one run of one graph; this file is the loop around it. After
 * every epoch the embedding is judged on held-out images: they decide which epoch is kept, and may decide when to heat up.
 */
import type { LongWork } from '../retrieval/progress.ts';
import type { Network } from './backbones/network.ts';
import type { Checkpoint, CheckpointStore, Tensors } from './checkpoint.ts';
import { type Samples, subset } from './data/samples.ts';
import { SampleEmbedder } from './embed-samples.ts';
import type { EpochRecord, EventLog } from './events.ts';
import { LOG_ALPHA } from './heat/append-loss.ts';
import { classMeans } from './heat/class-means.ts';
import type { BottleneckStart } from './heat/head.ts';
import { CLASS_WEIGHTS } from './heat/losses/class-weights.ts';
import { heatAt, shouldStop } from './heat/schedule.ts';
import { lossGraph, stepOptions } from './loss-graph.ts';
import type { Graph } from './onnx/graph.ts';
import type { Tensor } from './onnx/tensor.ts';
import { isOptimizerState } from './optimize/carried.ts';
import { inferenceGraph, trainedGraph } from './optimize/inference-graph.ts';
import { StepRunner } from './optimize/step-runner.ts';
import { buildTrainingStep, type TrainingStep } from './optimize/training-step.ts';
import type { Recipe } from './recipe.ts';
import { type Pass, runPass } from './run-pass.ts';
import { figuresOf, judge, scoreOf, type Validation } from './validation/validation.ts';

export type TrainingTask = {
  network: Network;
  /** All samples, those held out included. */
  samples: Samples;
  /** Numbers of the samples to train on. */
  training: number[];
  /** Number of classes; the labels of training samples are below it. */
  classes: number;
  validation: Validation;
  /** Class names of all samples, for judging. */
  classNames: readonly string[];
  recipe: Recipe;
  /** Where the bottleneck starts; by chance when not given. */
  bottleneck?: BottleneckStart;
  checkpoints: CheckpointStore;
  log: EventLog;
};

export type Trained = {
  /** Everything that was trained, by name, running statistics included, as it was after `epoch`. */
  values: Tensors;
  /** The trained graph as it infers, from the samples' input to the embedding [N, dim], not of unit length. */
  graph: Graph;
  history: EpochRecord[];
  /** The epoch whose values these are; 0 is the start. */
  epoch: number;
};

/**
 * Trains the network with a fresh head.
 * @throws SinterError `bad-input` when the loss diverges; `interrupted` when the signal is aborted; what `checkpoints` hold is continued by the next call.
 */
export async function train(task: TrainingTask, work: LongWork = {}): Promise<Trained> {
  const { recipe, checkpoints, samples } = task;
  const { graph, groups, embedding } = lossGraph(task.network, task.classes, recipe, task.bottleneck);
  const step = await buildTrainingStep(graph, stepOptions(recipe, groups));
  const resumed = await checkpoints.read();
  const run = resumed ?? { history: [], state: step.state };
  const runner = await StepRunner.open(step, { state: run.state });
  const embedder = await SampleEmbedder.open(inferenceGraph(graph, step.state, embedding), samples);
  const loop = { task, work, step, run, runner, embedder, samples: subset(samples, task.training) };
  try {
    if (resumed) await task.log.resume(epochsDone(run));
    else await begin(loop);
    while (!isOver(loop)) await advance(loop);
    const { values, epoch } = await chosen(loop);
    return { values, epoch, graph: trainedGraph(graph, values, embedding), history: run.history };
  } finally {
    await embedder.close();
    await runner.close();
  }
}

type Loop = {
  task: TrainingTask;
  work: LongWork;
  step: TrainingStep;
  run: Checkpoint;
  runner: StepRunner;
  /** Embeds any samples with values as they stand. */
  embedder: SampleEmbedder;
  /** The samples to train on. */
  samples: Samples;
};

/** What comes before the first epoch: a pass that only settles the norms, class weights from class means, a first judgement. */
async function begin(loop: Loop): Promise<void> {
  const { task, run, runner, embedder, samples, work } = loop;
  const { recipe, training, classes, network } = task;
  await task.log.begin({
    event: 'start',
    network: { name: network.name, featureDim: network.featureDim, trained: network.parameters.length },
    classes,
    images: training.length,
    recipe,
  });
  if (recipe.settleNorms) await settleNorms(loop);
  if (recipe.classMeans) {
    await embedder.load(await runner.readState());
    const embeddings = await embedder.embed(training, { ...work, stage: 'embedding for class means' });
    await runner.writeState({ [CLASS_WEIGHTS]: classMeans(embeddings, samples.labels, classes) });
  }
  run.state = await runner.readState();
  await record(loop, { epoch: 0, ...heatAt(recipe.heat, 0), seconds: 0 });
}

/** One epoch of the schedule, its judgement, and both on disk. */
async function advance(loop: Loop): Promise<void> {
  const { task, run, runner } = loop;
  const { heat } = task.recipe;
  const done = epochsDone(run);
  const scores = scoresOf(run);
  const began = performance.now();
  const pass = await runPass(passOf(loop, done), (batch, of) => ({
    ...heatAt(heat, done + batch / of, scores),
    stage: 'training',
    done: done * of + batch + 1,
    total: heat.epochs * of,
    place: `epoch ${done + 1}/${heat.epochs}, `,
  }));
  run.state = await runner.readState();
  const seconds = Math.round((performance.now() - began) / 10) / 100;
  const learned = run.state[LOG_ALPHA];
  const alpha = learned ? Math.exp(learned.data[0] as number) : pass.alpha;
  await record(loop, { epoch: done + 1, ...pass, alpha, seconds });
}

function passOf({ task: { recipe }, runner, samples, work }: Loop, name: Pass['name']): Pass {
  return { name, recipe, runner, samples, work };
}

/** Judges the state, keeps its values where they are the best so far, and writes log and checkpoint, in this order. */
async function record(loop: Loop, epoch: Omit<EpochRecord, 'validation'>): Promise<void> {
  const { task, run, embedder, work } = loop;
  const values = modelOf(loop);
  await embedder.load(values);
  const judgement = await judge(task.validation, task.classNames, (numbers) =>
    embedder.embed(numbers, work.signal ? { signal: work.signal } : {}),
  );
  const entry = { ...epoch, validation: figuresOf(judgement) };
  run.history.push(entry);
  if (task.recipe.keep === 'best' && bestEpoch(run) === entry.epoch) await task.checkpoints.writeBest(values);
  await task.log.append({ event: 'epoch', ...entry });
  await task.checkpoints.write(run);
}

/** The values to go on with: of the epoch that did best on held-out images or, without any, of the last. */
async function chosen(loop: Loop): Promise<Pick<Trained, 'values' | 'epoch'>> {
  const { task, run } = loop;
  const best = task.recipe.keep === 'best' ? bestEpoch(run) : undefined;
  const values = best === undefined ? undefined : await task.checkpoints.readBest();
  if (best !== undefined && values) return { values, epoch: best };
  return { values: modelOf(loop), epoch: epochsDone(run) };
}

/** Of epochs that do equally well the latest; undefined where nothing is held out. */
function bestEpoch({ history }: Checkpoint): number | undefined {
  const scored = history.filter(({ validation }) => scoreOf(validation) !== undefined);
  const score = ({ validation }: EpochRecord) => scoreOf(validation) as number;
  if (scored.length === 0) return undefined;
  return scored.reduce((best, record) => (score(record) >= score(best) ? record : best)).epoch;
}

function isOver({ task, run }: Loop): boolean {
  const { heat } = task.recipe;
  return epochsDone(run) >= heat.epochs || shouldStop(heat, scoresOf(run));
}

/** The first record is the start. */
function epochsDone({ history }: Checkpoint): number {
  return Math.max(0, history.length - 1);
}

/** The score of every epoch that is done, without the start's; none where nothing is held out. */
function scoresOf({ history }: Checkpoint): number[] {
  return history.slice(1).flatMap(({ validation }) => scoreOf(validation) ?? []);
}

/** A pass at learning rate 0, in which the norms' running statistics find their level. */
async function settleNorms(loop: Loop): Promise<void> {
  const stage = 'settling norms';
  const still = { alpha: loop.task.recipe.heat.alpha, learningRate: 0, stage, place: '' };
  await runPass(passOf(loop, stage), (batch, of) => ({ ...still, done: batch + 1, total: of }));
  // What the optimizer has gathered meanwhile is no way to begin.
  const gathered = Object.entries(loop.step.state).filter(([name]) => isOptimizerState(name));
  await loop.runner.writeState(Object.fromEntries(gathered));
}

/** What would become the model: the values as they stand, drawn back to the start as far as the recipe says. */
function modelOf({ task, step, run }: Loop): Tensors {
  const names = Object.keys(run.state).filter((name) => !isOptimizerState(name));
  return Object.fromEntries(
    names.map((name) => [name, blend(step.state[name], run.state[name], task.recipe.blend)]),
  );
}

/** (1 − share)·start + share·end (Wortsman et al., arXiv 2109.01903). */
function blend(start: Tensor, end: Tensor, share: number): Tensor {
  if (share === 1) return end;
  const [from, to] = [start.data, end.data] as Float32Array[];
  return { ...end, data: to.map((value, i) => from[i] + share * (value - from[i])) };
}
