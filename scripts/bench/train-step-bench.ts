/** The bench `train-step`: a step of training ResNet-18, ResNet-50 and MobileNetV2, against the same step in PyTorch on as many threads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { type Random, seededRandom } from '../../retrieval/random.ts';
import type { Network } from '../../trainer/backbones/network.ts';
import { lossGraph, stepOptions } from '../../trainer/loss-graph.ts';
import { bytesOfTensor, floats, type Tensor, tensor } from '../../trainer/onnx/tensor.ts';
import { namesOf } from '../../trainer/optimize/parameter-group.ts';
import { StepRunner } from '../../trainer/optimize/step-runner.ts';
import { buildTrainingStep } from '../../trainer/optimize/training-step.ts';
import { recipeOf } from '../../trainer/recipe.ts';
import type { Finding } from './finding.ts';
import { inPairs, medianRatio, type Pairs, quantile } from './in-pairs.ts';
import { NETWORK_NAMES, NETWORKS, type NetworkName } from './networks/by-name.ts';
import { type Peer, startPeer } from './peer.ts';

export type TrainStepBench = {
  networks: NetworkName[];
  /** Sides of the square images in pixels. */
  sizes: number[];
  batchSize: number;
  /** Turns of each side, and steps in a turn. */
  rounds: number;
  steps: number;
  threads: number;
  seed: number;
};

export const TRAIN_STEP_DEFAULTS: TrainStepBench = {
  networks: NETWORK_NAMES,
  sizes: [128, 224],
  batchSize: 16,
  rounds: 7,
  steps: 8,
  threads: 2,
  seed: 1,
};

const BAR = 1;
const CLASSES = 100;
const DIM = 64;
const ALPHA = 16;
const LEARNING_RATE = 0.01;
const MOMENTUM = 0.9;
/** How far the first losses may lie apart, of themselves: both sides compute in float32, in orders of their own. */
const SAME_LOSS = 1e-4;

/** Variant hln with SGD on random pixels: a step takes as long whatever is in them. */
export async function trainStepBench(options: TrainStepBench, work: LongWork = {}): Promise<Finding> {
  const found: Found[] = [];
  const cases = options.networks.flatMap((network) => options.sizes.map((size) => ({ network, size })));
  for (const one of cases) {
    stopIfAborted(work.signal);
    found.push(await measure(one, options, work));
  }
  return findingOf(options, found);
}

type Case = { network: NetworkName; size: number };
type Turn = { ms: number; cpuMs: number; losses: number[] };
type Found = Case & { parameters: number; ours: Turn[]; theirs: Turn[]; peer: string; absent?: string };

async function measure(one: Case, options: TrainStepBench, work: LongWork): Promise<Found> {
  const { rounds, steps } = options;
  const ours = await openOurs(one, options);
  const peer = await startPeer('torch_train_step.py');
  const found: Found = { ...one, parameters: ours.parameters, ours: [], theirs: [], peer: 'PyTorch' };
  try {
    const first = await ours.run(1);
    if ('absent' in peer) return { ...found, ours: [await ours.run(steps)], absent: peer.absent };
    await openTheirs(one, options, ours, peer);
    requireSameLoss(one, first, await peer.ask<Turn>({ do: 'run', steps: 1 }));
    const turn = (turns: Turn[], run: () => Promise<Turn>) => async () => {
      const made = await run();
      turns.push(made);
      return made.ms;
    };
    await inPairs(
      `${one.network} at ${one.size}²`,
      rounds,
      turn(found.ours, () => ours.run(steps)),
      turn(found.theirs, () => peer.ask<Turn>({ do: 'run', steps })),
      work,
    );
    return { ...found, peer: peer.name };
  } finally {
    if ('close' in peer) peer.close();
    await ours.close();
  }
}

type Ours = {
  parameters: number;
  /** First values of all parameters one after the other, and the batch. */
  weights: Uint8Array;
  pixels: Tensor;
  run(steps: number): Promise<Turn>;
  close(): Promise<void>;
};

async function openOurs(
  { network, size }: Case,
  { batchSize, threads, seed }: TrainStepBench,
): Promise<Ours> {
  const built: Network = NETWORKS[network](size, seededRandom(seed, network));
  const recipe = recipeOf({
    variant: 'hln',
    dim: DIM,
    epochs: 1,
    batchSize,
    learningRate: LEARNING_RATE,
    momentum: MOMENTUM,
    alpha: ALPHA,
    seed,
  });
  const { graph, groups } = lossGraph(built, CLASSES, recipe);
  const step = await buildTrainingStep(graph, stepOptions(recipe, groups));
  const initial = namesOf(groups).map((name) => graph.initializers.get(name) as Tensor);
  const runner = await StepRunner.open(step, { threads });
  const pixels = randomPixels(batchSize, size, seededRandom(seed, 'batch'));
  const labels = tensor(
    'int64',
    BigInt64Array.from({ length: batchSize }, (_, i) => BigInt(i % CLASSES)),
    [batchSize],
  );
  const feeds = { pixels, labels, alpha: floats(ALPHA), learning_rate: floats(LEARNING_RATE) };
  return {
    parameters: initial.reduce((sum, { data }) => sum + data.length, 0),
    weights: Buffer.concat(initial.map(bytesOfTensor)),
    pixels,
    run: async (steps) => {
      const [start, used] = [performance.now(), process.cpuUsage()];
      const losses: number[] = [];
      while (losses.length < steps) {
        const atOnce = Math.min(runner.stepsAtOnce, steps - losses.length);
        losses.push(...(await runner.run(new Array(atOnce).fill(feeds), ['loss'])).loss);
      }
      const { user, system } = process.cpuUsage(used);
      return { ms: performance.now() - start, cpuMs: (user + system) / 1000, losses };
    },
    close: () => runner.close(),
  };
}

function randomPixels(count: number, size: number, random: Random): Tensor {
  const pixels = Uint8Array.from({ length: count * size * size * 3 }, () => random.integer(256));
  return tensor('uint8', pixels, [count, size, size, 3]);
}

/** Gives the peer our weights and batch. Throws where its network is another one: then the comparison would say nothing. */
async function openTheirs(one: Case, options: TrainStepBench, ours: Ours, peer: Peer): Promise<void> {
  const { batchSize, threads } = options;
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  const [weights, pixels] = [join(folder, 'weights'), join(folder, 'pixels')];
  try {
    await writeFile(weights, ours.weights);
    await writeFile(pixels, bytesOfTensor(ours.pixels));
    const { parameters } = await peer.ask<{ parameters: number }>({
      do: 'create',
      ...{ ...one, weights, pixels, batchSize, threads, dim: DIM, classes: CLASSES },
      ...{ alpha: ALPHA, learningRate: LEARNING_RATE, momentum: MOMENTUM },
    });
    if (parameters !== ours.parameters)
      throw new Error(
        `Expected ${ours.parameters} parameters in ${peer.name}'s ${one.network}, got ${parameters}. This is a bug.`,
      );
  } finally {
    await rm(folder, { recursive: true });
  }
}

function requireSameLoss({ network, size }: Case, ours: Turn, theirs: Turn): void {
  const [loss, expected] = [ours.losses[0] as number, theirs.losses[0] as number];
  if (Math.abs(loss - expected) <= SAME_LOSS * Math.abs(expected)) return;
  throw new Error(
    `Expected PyTorch's loss ${expected} in the first step of ${network} at ${size}², got ${loss}. This is a bug.`,
  );
}

function findingOf({ batchSize, steps, threads }: TrainStepBench, found: Found[]): Finding {
  const absent = found.find((one) => one.absent)?.absent;
  const ratios = found.map((one) => medianRatio(pairsOf(one, 'ms')));
  const claims = found.map(({ network, size }, i) => ({
    what: `time of a step of ${network} at ${size}², ours ÷ theirs`,
    value: ratios[i] as number,
    atMost: BAR,
  }));
  return {
    bench: 'train-step',
    peer: absent === undefined ? `${found[0]?.peer}, ${threads} threads` : 'PyTorch',
    ...(absent !== undefined && { skipped: absent }),
    ratio: absent === undefined ? Math.max(...ratios) : null,
    claims: absent === undefined ? claims : [],
    figures: {
      ...Object.assign({}, ...found.map((one) => figuresOf(one, steps))),
      'batch size': batchSize,
      threads,
    },
  };
}

/** Medians a step; processor time beside wall time, since it shows on a busy machine, too, what a step takes. */
function figuresOf(one: Found, steps: number): Record<string, number> {
  const { network, size, parameters } = one;
  const name = `${network} ${size}²`;
  const [wall, cpu] = [pairsOf(one, 'ms'), pairsOf(one, 'cpuMs')];
  const median = (values: number[]) => quantile(values, 0.5) / steps;
  const alone = {
    [`${name}: ms`]: median(wall.ours),
    [`${name}: CPU ms`]: median(cpu.ours),
    [`${name}: parameters`]: parameters,
  };
  if (one.absent !== undefined) return alone;
  return {
    ...alone,
    [`${name}: ms, peer`]: median(wall.theirs),
    [`${name}: CPU ms, peer`]: median(cpu.theirs),
    [`${name}: ratio of CPU time`]: medianRatio(cpu),
  };
}

function pairsOf({ ours, theirs }: Found, what: 'ms' | 'cpuMs'): Pairs {
  return { ours: ours.map((turn) => turn[what]), theirs: theirs.map((turn) => turn[what]) };
}
