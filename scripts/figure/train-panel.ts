/** Trains the LeNet at one temperature and embeds test images with it: one panel of the paper's figure. */
import { join } from 'node:path';
import { recallAtK } from '../../retrieval/metrics/recall.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { seededRandom } from '../../retrieval/random.ts';
import { CheckpointStore } from '../../trainer/checkpoint.ts';
import type { Samples } from '../../trainer/data/samples.ts';
import { embedSamples } from '../../trainer/embed-samples.ts';
import { EventLog } from '../../trainer/events.ts';
import { recipeOf } from '../../trainer/recipe.ts';
import { train } from '../../trainer/train.ts';
import { unitRows } from '../../trainer/unit-rows.ts';
import type { Panel } from './draw-panels.ts';
import { CLASS_NAMES, type GreyImages } from './fashion-mnist.ts';
import { greySamples } from './grey-samples.ts';
import { buildLeNet } from './lenet.ts';
import { spreadWithinClasses } from './spread.ts';

/** α from beginning to end, or heated up to `heatedAlpha` where there is one. */
export type Temperature = { alpha: number; heatedAlpha?: number };

/** The paper's: five fixed ones, and the heat-up from 16 to 4. */
export const TEMPERATURES: readonly Temperature[] = [
  ...[0.25, 4, 16, 32, 64].map((alpha) => ({ alpha })),
  { alpha: 16, heatedAlpha: 4 },
];

export type PanelOptions = { epochs: number; batchSize: number; learningRate: number; seed: number };

/** A panel with the figures that stand in it: degrees within classes, and recall@1 of the drawn images among each other. */
export type TrainedPanel = Panel & { temperature: Temperature; spread: number; recallAt1: number };

/** @param runs folder for checkpoints: a run that was stopped goes on, and a finished one is not trained again. */
export async function trainPanel(
  temperature: Temperature,
  images: { training: GreyImages; drawn: GreyImages },
  options: PanelOptions,
  runs: string,
  work: LongWork,
): Promise<TrainedPanel> {
  const variant = temperature.heatedAlpha === undefined ? 'ln' : 'hln';
  const recipe = recipeOf({ ...options, ...temperature, variant, dim: 2, optimizer: 'adam', keep: 'last' });
  const network = buildLeNet(images.training.size, seededRandom(options.seed, 'lenet'));
  const title = titleOf(temperature);
  const folder = join(runs, title.replaceAll(' ', ''));
  const samples = greySamples(images.training);
  const named: LongWork = {
    ...work,
    onProgress: (progress) => work.onProgress?.({ ...progress, stage: `${progress.stage}, ${title}` }),
  };
  const { graph } = await train(
    {
      network,
      samples,
      training: everyNumber(samples),
      classes: CLASS_NAMES.length,
      // Nothing is chosen here: every run goes to its last epoch.
      validation: {},
      classNames: [],
      recipe,
      checkpoints: new CheckpointStore(folder, { recipe, images: samples.labels.length }),
      log: new EventLog(join(folder, 'events.jsonl')),
    },
    named,
  );
  const drawn = greySamples(images.drawn);
  const points = await embedSamples(graph, drawn, everyNumber(drawn), named);
  return { title, temperature, points, labels: drawn.labels, ...(await figuresOf(points, drawn.labels)) };
}

async function figuresOf(points: Float32Array, labels: Int32Array) {
  const spread = spreadWithinClasses(points, labels);
  const queries = { queries: unitRows(points, 2), queryLabels: [...labels], dim: 2, ks: [1] };
  const recallAt1 = (await recallAtK(queries)).recall[1] as number;
  const note = `${spread.toFixed(1)}° within classes, recall@1 ${recallAt1.toFixed(3)}`;
  return { spread, recallAt1, note };
}

function titleOf({ alpha, heatedAlpha }: Temperature): string {
  return heatedAlpha === undefined ? `α = ${alpha}` : `α = ${alpha} → ${heatedAlpha}`;
}

function everyNumber({ labels }: Samples): number[] {
  return Array.from(labels, (_, number) => number);
}
