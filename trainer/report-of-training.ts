/** What a finished training has to tell, gathered for its report. */
import { countParameters } from './backbones/network.ts';
import { embedSamples } from './embed-samples.ts';
import { heatUpEpochOf } from './heat/schedule.ts';
import { VARIANTS } from './heat/variants.ts';
import type { Judged, RunReport } from './report/run-report.ts';
import type { FinishedTraining } from './training-run.ts';
import { unitRows } from './unit-rows.ts';
import { describeComparison, warningsOf } from './validation/comparison.ts';
import { PROTOCOLS, type ProtocolName, scoreOf } from './validation/validation.ts';

export async function runReport(title: string, finished: FinishedTraining): Promise<RunReport> {
  const { task, trained, comparisons } = finished;
  const { heat } = task.recipe;
  const scores = trained.history.slice(1).flatMap(({ validation }) => scoreOf(validation) ?? []);
  const judged: Judged[] = [];
  for (const protocol of PROTOCOLS) judged.push(...(await judgedBy(protocol, finished)));
  return {
    title,
    facts: factsOf(finished),
    sentences: comparisons.map(describeComparison),
    warnings: warningsOf(comparisons),
    history: trained.history,
    keptEpoch: trained.epoch,
    ...(heat.heatedRateFactor < 1 && { heatUpEpoch: heatUpEpochOf(heat, scores) }),
    judged,
  };
}

/** The images of a protocol as the trained model and the backbone embed them; none where nothing was held out for it. */
async function judgedBy(
  protocol: ProtocolName,
  { task, source, trained }: FinishedTraining,
): Promise<Judged[]> {
  const found = task.validation[protocol];
  if (!found) return [];
  const numbers = [...found.queries, ...(found.references ?? [])];
  const positions = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
  const { dim } = task.recipe;
  const vectors = unitRows(await embedSamples(trained.graph, task.samples, numbers), dim);
  const features = await source.untrained?.(numbers);
  const { featureDim } = source.network;
  return [
    {
      protocol,
      images: numbers.map((number) => source.images[number]),
      queries: positions(0, found.queries.length),
      ...(found.references && { references: positions(found.queries.length, found.references.length) }),
      dim,
      vectors,
      ...(features && { untrained: { dim: featureDim, vectors: unitRows(features, featureDim) } }),
    },
  ];
}

function factsOf({ task, source }: FinishedTraining): [string, string][] {
  const { recipe, training, classes } = task;
  const { variant, dim, heat, optimizer, batchSize, weightDecay, blend, initialisation, seed } = recipe;
  const { network, trained } = source;
  const count = (value: number) => value.toLocaleString('en');
  return [
    ['Images trained on', `${count(training.length)} of ${count(classes)} classes`],
    [
      'Backbone',
      `${network.name}, ${count(countParameters(network.graph))} parameters, ${trained.parameters.length === 0 ? 'frozen' : `${trained.parameters.length} tensors trained`}`,
    ],
    ['Embedding', `${dim} numbers of ${network.featureDim} features, from ${initialisation}`],
    ['Loss', VARIANTS[variant].title],
    [
      'Course of α',
      heat.heatedAlpha === heat.alpha
        ? `${heat.kind}, ${heat.alpha}`
        : `${heat.kind}, ${heat.alpha} to ${heat.heatedAlpha}`,
    ],
    ['Epochs', `${heat.epochs}, batches of ${batchSize}`],
    ['Optimizer', `${optimizer.name}, learning rate ${heat.learningRate}, weight decay ${weightDecay}`],
    ['Blend', `${blend} of the way from the start`],
    ['Seed', String(seed)],
  ];
}
