/** The bench `step`: one step of training the small residual network, against the same step in PyTorch on as many threads. */
import type { LongWork } from '../../retrieval/progress.ts';
import { type Random, seededRandom } from '../../retrieval/random.ts';
import { buildResidualNetwork } from '../../trainer/backbones/residual-network.ts';
import { lossGraph, stepOptions } from '../../trainer/loss-graph.ts';
import { GraphRunner } from '../../trainer/onnx/runner.ts';
import { floats, type Tensor, tensor } from '../../trainer/onnx/tensor.ts';
import { buildTrainingStep } from '../../trainer/optimize/training-step.ts';
import { recipeOf } from '../../trainer/recipe.ts';
import { NETWORK_DEFAULTS } from '../train/defaults.ts';
import type { Finding } from './finding.ts';
import { inPairs, medianRatio, quantile, timed } from './in-pairs.ts';
import { type Peer, startPeer } from './peer.ts';

export type StepBench = {
  batchSize: number;
  classes: number;
  /** Turns of each side, and steps in a turn. */
  rounds: number;
  steps: number;
  threads: number;
  seed: number;
};

export const STEP_DEFAULTS: StepBench = {
  batchSize: 32,
  classes: 800,
  rounds: 15,
  steps: 10,
  threads: 2,
  seed: 1,
};

const BAR = 1.5;
const LEARNING_RATE = 0.01;

/** The default network of `sinter train`, variant HLN, on random pixels: a step takes as long whatever is in them. */
export async function stepBench(options: StepBench, work: LongWork = {}): Promise<Finding> {
  const ours = await openOurs(options);
  const peer = await startPeer('torch_step.py');
  try {
    await ours.run(options.steps);
    if ('absent' in peer) return await findingAlone(options, ours, peer.absent);
    await openTheirs(options, ours.parameters, peer);
    return await findingInPairs(options, ours, peer, work);
  } finally {
    if ('close' in peer) peer.close();
    await ours.close();
  }
}

type Ours = {
  parameters: number;
  /** Takes so many steps; the time in ms. */
  run(steps: number): Promise<number>;
  close(): Promise<void>;
};

async function openOurs({ batchSize, classes, threads, seed }: StepBench): Promise<Ours> {
  const recipe = recipeOf({ ...NETWORK_DEFAULTS.recipe, batchSize, seed });
  const network = buildResidualNetwork(NETWORK_DEFAULTS.backbone.network, seededRandom(seed, 'backbone'));
  const { graph, groups } = lossGraph(network, classes, recipe);
  const parameters = groups.flatMap(({ names }) => names);
  const step = await buildTrainingStep(graph, stepOptions(recipe, groups));
  const runner = await GraphRunner.open(step.graph, { threads, carried: step.carried, state: step.state });
  const feeds = randomBatch(
    batchSize,
    network.inputSize,
    classes,
    recipe.heat.alpha,
    seededRandom(seed, 'batch'),
  );
  return {
    parameters: parameters.reduce((sum, name) => sum + (graph.initializers.get(name)?.data.length ?? 0), 0),
    run: (steps) =>
      timed(async () => {
        for (let i = 0; i < steps; i++) await runner.run(feeds, ['loss']);
      }),
    close: () => runner.close(),
  };
}

function randomBatch(
  count: number,
  size: number,
  classes: number,
  alpha: number,
  random: Random,
): Record<string, Tensor> {
  const pixels = Uint8Array.from({ length: count * size * size * 3 }, () => random.integer(256));
  const labels = BigInt64Array.from({ length: count }, (_, i) => BigInt(i % classes));
  return {
    pixels: tensor('uint8', pixels, [count, size, size, 3]),
    labels: tensor('int64', labels, [count]),
    alpha: floats(alpha),
    learning_rate: floats(LEARNING_RATE),
  };
}

/** Throws where the peer's network is another one: then the comparison would say nothing. */
async function openTheirs(options: StepBench, parameters: number, peer: Peer): Promise<void> {
  const { batchSize, classes, steps, threads, seed } = options;
  const { dim, momentum } = NETWORK_DEFAULTS.recipe;
  const { network } = NETWORK_DEFAULTS.backbone;
  const rest = { batchSize, classes, threads, seed, learningRate: LEARNING_RATE };
  const theirs = await peer.ask<{ parameters: number }>({
    do: 'create',
    network,
    dim,
    momentum,
    alpha: 16,
    ...rest,
  });
  if (theirs.parameters !== parameters)
    throw new Error(
      `Expected ${parameters} parameters in ${peer.name}, got ${theirs.parameters}. This is a bug.`,
    );
  await peer.ask({ do: 'run', steps });
}

async function findingInPairs(options: StepBench, ours: Ours, peer: Peer, work: LongWork): Promise<Finding> {
  const { rounds, steps, threads } = options;
  const pairs = await inPairs(
    'training steps',
    rounds,
    () => ours.run(steps),
    async () => (await peer.ask<{ ms: number }>({ do: 'run', steps })).ms,
    work,
  );
  const ratio = medianRatio(pairs);
  return {
    bench: 'step',
    peer: `${peer.name}, ${threads} threads`,
    ratio,
    claims: [{ what: 'time of a step, ours ÷ theirs', value: ratio, atMost: BAR }],
    figures: {
      'step ms': quantile(pairs.ours, 0.5) / steps,
      'step ms, peer': quantile(pairs.theirs, 0.5) / steps,
      parameters: ours.parameters,
      'batch size': options.batchSize,
      classes: options.classes,
      threads,
    },
  };
}

async function findingAlone({ steps, threads }: StepBench, ours: Ours, absent: string): Promise<Finding> {
  const ms = await ours.run(steps);
  return {
    bench: 'step',
    peer: 'PyTorch',
    skipped: absent,
    ratio: null,
    claims: [],
    figures: { 'step ms': ms / steps, parameters: ours.parameters, threads },
  };
}
