/** The whole way from labelled images to a bundle: what `sinter train` does, for use from code. */
import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ModelCard } from '../retrieval/model/bundle-format.ts';
import { requireBundleOrNothing } from '../retrieval/model/write-bundle.ts';
import type { LongWork } from '../retrieval/progress.ts';
import { cardOfRun } from './card-of-run.ts';
import type { Skipped } from './data/pixel-store.ts';
import type { EpochRecord } from './events.ts';
import { exportBundle } from './export.ts';
import { writeReport } from './report/write-report.ts';
import { runReport } from './report-of-training.ts';
import { type FinishedTraining, runTraining, type TrainingJob } from './training-run.ts';
import type { Comparison } from './validation/comparison.ts';

export type TrainedModel = {
  card: ModelCard;
  skipped: Skipped[];
  /** The start and every epoch. */
  history: EpochRecord[];
  /** The epoch that was kept; 0 is the start. */
  epoch: number;
  comparisons: Comparison[];
};

/** What a bundle has beside what searching needs: the run's events, and its report. */
const EVENTS_FILE = 'events.jsonl';
const REPORT_FILE = 'report.html';

/**
 * Trains and exports, with a report of the run in the bundle where `report` asks for one.
 * @throws SinterError `conflict` where `out` holds something else than a bundle; `interrupted` when the signal is aborted; the same call continues where it was.
 */
export async function trainModel(
  job: TrainingJob & { report?: boolean },
  work: LongWork = {},
): Promise<TrainedModel> {
  const folder = resolve(job.out);
  await requireBundleOrNothing(folder);
  return runTraining(job, work, async (finished) => {
    const { source, trained, task, comparisons } = finished;
    const report = join(task.checkpoints.folder, REPORT_FILE);
    if (job.report) await writeReport(report, await runReport(basename(folder), finished), work);
    const card = await exportBundle({
      folder,
      card: describe(basename(folder), job, finished),
      network: source.network,
      recipe: task.recipe,
      ...(task.bottleneck && { bottleneck: task.bottleneck }),
      trained,
      samples: source.samples,
      paths: source.images.map(({ path }) => path),
      enclosures: { [EVENTS_FILE]: task.log.path, ...(job.report && { [REPORT_FILE]: report }) },
    });
    await rm(report, { force: true });
    return { card, skipped: source.skipped, history: trained.history, epoch: trained.epoch, comparisons };
  });
}

function describe(
  name: string,
  { data, protocol }: TrainingJob,
  { task, source, trained, comparisons }: FinishedTraining,
) {
  const { recipe, training, classes } = task;
  const { history, epoch } = trained;
  const { loss } = history[epoch];
  const card = cardOfRun(source.network, recipe, { classes, images: training.length });
  return {
    ...card,
    name,
    input: source.input,
    training: { ...card.training, data: resolve(data), ...(protocol && { protocol }) },
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
