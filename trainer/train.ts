/**
 * Heated-up softmax training (arXiv 1809.04157, section 3.3): train at an intermediate α until it converges, then heat up
 * to a small α at a tenth of the learning rate. One step is one run of one graph; this file is the loop around it.
 */

import { SinterError } from '../retrieval/errors.ts';
import { type LongWork, type Progress, stopIfAborted } from '../retrieval/progress.ts';
import { seededRandom } from '../retrieval/random.ts';
import type { Network } from './backbones/network.ts';
import type { Checkpoint, CheckpointStore } from './checkpoint.ts';
import { epochBatches } from './data/epoch.ts';
import type { Samples } from './data/samples.ts';
import { embedSamples, everySample } from './embed-samples.ts';
import { appendLoss as appendLossOf } from './heat/append-loss.ts';
import { classMeans } from './heat/class-means.ts';
import { CLASS_WEIGHTS } from './heat/losses/class-weights.ts';
import { heatAt } from './heat/schedule.ts';
import type { Graph, Value } from './onnx/graph.ts';
import { GraphRunner } from './onnx/runner.ts';
import { floats, type Tensor, tensor } from './onnx/tensor.ts';
import { isOptimizerState } from './optimize/carried.ts';
import {
  buildTrainingStep,
  type StepOptions,
  type TrainingStep,
  trainedGraph,
} from './optimize/training-step.ts';
import type { Recipe } from './recipe.ts';
import { withBottleneck } from './with-bottleneck.ts';

export type Trained = {
  /** Everything that was trained, by name, running statistics included. */
  values: Record<Value, Tensor>;
  /** The trained graph as it infers, from the samples' input to the embedding [N, dim], not of unit length. */
  graph: Graph;
  /** Mean loss of every epoch. */
  losses: number[];
};

/**
 * Trains the network with a fresh head on the samples.
 * @param classes number of classes; labels are below it.
 * @throws SinterError `bad-input` when the loss diverges; `interrupted` when the signal is aborted; what `checkpoints` hold is continued by the next call.
 */
export async function train(
  network: Network,
  samples: Samples,
  classes: number,
  recipe: Recipe,
  checkpoints: CheckpointStore,
  work: LongWork = {},
): Promise<Trained> {
  const { graph, parameters, embedding } = appendLoss(network, classes, recipe);
  const step = await buildTrainingStep(graph, stepOptions(recipe, parameters));
  const resumed = await checkpoints.read();
  const run: Checkpoint = resumed ?? { epoch: 0, losses: [], state: step.state };
  const runner = await GraphRunner.open(step.graph, { carried: step.carried, state: run.state });
  const loop = { runner, samples, recipe, work };
  try {
    if (!resumed) await prepare(loop, step, embedding, classes);
    while (run.epoch < recipe.heat.epochs) {
      run.losses.push(await trainEpoch(loop, run.epoch));
      run.epoch++;
      run.state = await runner.readState();
      await checkpoints.write(run);
    }
    return {
      values: modelValues(run.state),
      graph: trainedGraph(step, run.state, embedding),
      losses: run.losses,
    };
  } finally {
    await runner.close();
  }
}

/** How a step trains the parameters by the recipe: all of them alike. */
export function stepOptions({ batchSize, sgd }: Recipe, parameters: Value[]): StepOptions {
  return {
    sizes: { N: batchSize },
    groups: [{ names: parameters, rate: 1, weightDecay: sgd.weightDecay }],
    optimizer: { name: 'sgd', momentum: sgd.momentum },
  };
}

type Loop = { runner: GraphRunner; samples: Samples; recipe: Recipe; work: LongWork };

/** The network with bottleneck and loss: inputs of the batch, `labels`, `alpha`; output the loss. */
export function appendLoss(
  network: Network,
  classes: number,
  recipe: Recipe,
): { graph: Graph; parameters: Value[]; embedding: Value } {
  const { variant, dim, labelSmoothing, seed } = recipe;
  const { g, embedding } = withBottleneck(network, recipe, 'training-step');
  const labels = g.input('labels', 'int64', ['N']);
  const alpha = g.input('alpha', 'float32', []);
  const options = { variant, classes, dim, labelSmoothing };
  const loss = appendLossOf(g, { embedding, labels, alpha }, options, seededRandom(seed, 'classes'));
  g.output('loss', loss, 'float32', []);
  return { graph: g.graph, parameters: [...network.parameters, ...g.parameters], embedding };
}

/** What comes before the first epoch: a pass that only settles the norms, and class weights from class means. */
async function prepare(loop: Loop, step: TrainingStep, embedding: Value, classes: number): Promise<void> {
  const { runner, samples, recipe, work } = loop;
  if (recipe.settleNorms) await settleNorms(loop, step.state);
  if (!recipe.classMeans) return;
  const graph = trainedGraph(step, await runner.readState(), embedding);
  const embeddings = await embedSamples(graph, samples, everySample(samples), work);
  await runner.writeState({ [CLASS_WEIGHTS]: classMeans(embeddings, samples.labels, classes) });
}

/** One epoch of the schedule; answers the mean loss. */
function trainEpoch(loop: Loop, epoch: number): Promise<number> {
  const { heat } = loop.recipe;
  return runPass(loop, epoch, (batch, of) => ({
    ...heatAt(heat, epoch + batch / of),
    stage: 'training',
    done: epoch * of + batch + 1,
    total: heat.epochs * of,
    place: `epoch ${epoch + 1}/${heat.epochs}, `,
  }));
}

/** A pass at learning rate 0, in which the norms' running statistics find their level. */
async function settleNorms(loop: Loop, initial: Record<Value, Tensor>): Promise<void> {
  const stage = 'settling norms';
  const still = { alpha: loop.recipe.heat.alpha, learningRate: 0, stage, place: '' };
  await runPass(loop, stage, (batch, of) => ({ ...still, done: batch + 1, total: of }));
  // What the optimizer has gathered meanwhile is no way to begin.
  const velocities = Object.entries(initial).filter(([name]) => isOptimizerState(name));
  await loop.runner.writeState(Object.fromEntries(velocities));
}

/** What a batch is trained with and how far it is; `place` stands before α and loss in the note of its progress. */
type BatchPlan = Omit<Progress, 'note'> & { alpha: number; learningRate: number; place: string };

/** Runs the step over all samples in the order and with the views that seed and `pass` decide; answers the mean loss. */
async function runPass(
  { runner, samples, recipe, work }: Loop,
  pass: number | string,
  planOf: (batch: number, of: number) => BatchPlan,
): Promise<number> {
  const random = seededRandom(recipe.seed, 'epoch', pass);
  const batches = epochBatches(samples.labels.length, recipe.batchSize, random);
  let sum = 0;
  let next = samples.batch(batches[0], random);
  for (const [i, numbers] of batches.entries()) {
    stopIfAborted(work.signal);
    const { alpha, learningRate, place, ...progress } = planOf(i, batches.length);
    const feeds = {
      [samples.input]: await next,
      labels: labelTensor(samples, numbers),
      alpha: floats(alpha),
      learning_rate: floats(learningRate),
    };
    const running = runner.run(feeds, ['loss']);
    // The next batch is drawn while this one is in the network.
    if (i + 1 < batches.length) next = samples.batch(batches[i + 1], random);
    sum += (await running).loss.data[0] as number;
    if (!Number.isFinite(sum)) throw diverged(pass, i, learningRate);
    work.onProgress?.({ ...progress, note: `${place}α ${alpha}, loss ${(sum / (i + 1)).toFixed(3)}` });
  }
  return sum / batches.length;
}

function diverged(pass: number | string, batch: number, learningRate: number): SinterError {
  const where = `step ${batch + 1} of ${typeof pass === 'number' ? `epoch ${pass + 1}` : pass}`;
  return new SinterError(
    'bad-input',
    `Training has diverged: the loss is no longer a number at ${where}, at a learning rate of ${learningRate}. Choose a smaller one.`,
  );
}

function labelTensor({ labels }: Samples, numbers: number[]): Tensor {
  return tensor(
    'int64',
    BigInt64Array.from(numbers, (number) => BigInt(labels[number])),
    [numbers.length],
  );
}

function modelValues(state: Record<Value, Tensor>): Record<Value, Tensor> {
  return Object.fromEntries(Object.entries(state).filter(([name]) => !isOptimizerState(name)));
}
