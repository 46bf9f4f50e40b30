/** Carries out an audit: reads the images, embeds them by each model, and measures whatever was asked for. */
import { ablate } from '../../retrieval/audit/ablate.ts';
import { type Audited, audit } from '../../retrieval/audit/audit.ts';
import { auditedImages } from '../../retrieval/audit/audited-images.ts';
import { type Comparison, compareAudits, compareClusters } from '../../retrieval/audit/compare.ts';
import type { AuditedImages } from '../../retrieval/audit/embed-sides.ts';
import { findLeaks, type LeakReport } from '../../retrieval/audit/find-leaks.ts';
import { checkGate } from '../../retrieval/audit/gate.ts';
import { type ClusterJudgement, judgeClusters } from '../../retrieval/audit/judge-clusters.ts';
import { judgeIndex } from '../../retrieval/audit/judge-index.ts';
import { recallCurve } from '../../retrieval/audit/recall-curve.ts';
import { writeAuditReport } from '../../retrieval/audit/report/write-audit-report.ts';
import { worstQueries } from '../../retrieval/audit/worst-queries.ts';
import { benchmarkAt } from '../../retrieval/dataset/benchmarks/read-benchmark.ts';
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { readDataSet } from '../../retrieval/dataset/read-data-set.ts';
import { SinterError } from '../../retrieval/errors.ts';
import { warnOfSkipped } from '../commands/warn-of-skipped.ts';
import type { LongTask } from '../terminal/long-task.ts';
import {
  type AuditAnswer,
  type AuditData,
  type AuditTask,
  DEFAULT_KS,
  type SetAnswer,
} from './audit-task.ts';
import { type AuditedModel, openAudited } from './audited-model.ts';

/** A set as one model embeds it, judged. */
type Measured = { audited: Audited; clusters?: ClusterJudgement };

/** An audited set: what is answered of it, and what pictures are made from. */
type AuditedSet = { answer: SetAnswer; audited: Audited; otherCurves: Record<string, number[]> };

/** What a set is beside another model, by that model's folder. */
type Beside = Record<string, { comparison: Comparison; curve: number[] }>;

type Set = {
  data: AuditData;
  name: string;
  benchmark?: string;
  ks: readonly number[];
  images: AuditedImages;
};

/** Throws as reading, embedding and searching do. */
export async function runAudit(task: AuditTask, long: LongTask): Promise<AuditAnswer> {
  const sets = await Promise.all(task.data.map((data) => readSet(data, task.ks, long)));
  const { card, audits } = await withModel(task.model, sets, task, long, async (model) => ({
    card: model,
    audits: await auditEach(model, sets, task, long),
  }));
  const beside = await compareWith(audits, sets, task, long);
  const answered: AuditedSet[] = [];
  for (const [i, set] of sets.entries())
    answered.push(await answerOf(set, audits[i] as Measured, beside[i] ?? {}, card, task, long));
  const [first, second] = answered.map(({ answer }) => answer) as [SetAnswer, SetAnswer?];
  const { id, name, dim } = card;
  const passed = answered.every(({ answer }) => answer.gates.every((gate) => gate.passed));
  const model = { id, name, dim };
  const { report } = task;
  if (report !== undefined) await writeReport(report, model, answered, long);
  return {
    ...first,
    model,
    passed,
    ...(report !== undefined && { report }),
    ...(second && { open: second }),
  };
}

function writeReport(
  path: string,
  model: AuditAnswer['model'],
  sets: readonly AuditedSet[],
  { work }: LongTask,
): Promise<void> {
  const reported = sets.map(({ answer, ...rest }) => ({ report: answer, ...rest }));
  return writeAuditReport(path, { model, sets: reported }, work);
}

async function withModel<T>(
  path: string,
  sets: readonly Set[],
  task: AuditTask,
  long: LongTask,
  use: (model: AuditedModel) => Promise<T>,
): Promise<T> {
  const model = await openAudited(path, task, (sets[0] as Set).images, long);
  try {
    return await use(model);
  } finally {
    await model.close();
  }
}

async function readSet(data: AuditData, ks: AuditTask['ks'], { warn }: LongTask): Promise<Set> {
  const read = async (path: string, options = {}) => {
    const { images, warnings } = await readDataSet(path, options);
    warnings.forEach(warn);
    return images;
  };
  if ('queries' in data) {
    const images = { queries: await read(data.queries), references: await read(data.references) };
    return { data, name: `${data.queries} among ${data.references}`, ks: ks ?? DEFAULT_KS, images };
  }
  const benchmark = benchmarkAt(data.path);
  const { path, ...options } = data;
  const images = auditedImages(await read(path, options));
  return {
    data,
    name: data.path,
    ks: ks ?? benchmark?.ks ?? DEFAULT_KS,
    images,
    ...(benchmark && { benchmark: benchmark.name }),
  };
}

async function auditEach(
  model: AuditedModel,
  sets: readonly Set[],
  { seed, clusters }: AuditTask,
  long: LongTask,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const { images, ks } of sets) {
    const sides = await model.embed(images);
    const audited = await audit(sides, { ks, seed }, long.work);
    measured.push({
      audited,
      ...(clusters && { clusters: await judgeClusters(sides, { seed }, long.work) }),
    });
    warnOfSkipped(sides.skipped, long.warn);
  }
  return measured;
}

/** For each set the differences to each of the other models. */
async function compareWith(
  audits: readonly Measured[],
  sets: readonly Set[],
  task: AuditTask,
  long: LongTask,
): Promise<Beside[]> {
  const beside: Beside[] = sets.map(() => ({}));
  const named = task.gates.flatMap((gate) => ('noWorseThan' in gate ? [gate.noWorseThan] : []));
  for (const folder of new Set([...task.against, ...named])) {
    const others = await withModel(folder, sets, task, long, (other) => auditEach(other, sets, task, long));
    for (const [i, other] of others.entries()) {
      const ours = audits[i] as Measured;
      const comparison = {
        ...(await compareAudits(ours.audited, other.audited, task.seed, long.work)),
        ...(ours.clusters && other.clusters && compareClusters(ours.clusters, other.clusters)),
      };
      (beside[i] as Beside)[folder] = { comparison, curve: recallCurve(other.audited.queryFigures) };
    }
  }
  return beside;
}

async function answerOf(
  set: Set,
  { audited, clusters }: Measured,
  beside: Beside,
  card: AuditedModel,
  task: AuditTask,
  { work, say }: LongTask,
): Promise<AuditedSet> {
  const { sides } = audited;
  const { seed } = task;
  const comparisons = mapValues(beside, ({ comparison }) => comparison);
  const report = {
    ...audited.report,
    figures: { ...audited.report.figures, ...clusters?.figures },
  };
  const leaks = task.leaks ? await leaksOf(set, card, task.leaks, { work, say }) : undefined;
  const answer: SetAnswer = {
    data: set.name,
    ...(set.benchmark && { benchmark: set.benchmark }),
    ...report,
    ...(clusters && { clusters: { clusters: clusters.clusters, restarts: clusters.restarts } }),
    worst: worstQueries(audited, task.worst),
    comparisons,
    gates: task.gates.map((gate) => checkGate(gate, report, comparisons)),
    ...(leaks && { leaks }),
    ...(task.index && { index: await judgeIndex(sides, seed, work) }),
    ...(task.ablate && { ablations: await ablate(sides, seed, work) }),
  };
  return { answer, audited, otherCurves: mapValues(beside, ({ curve }) => curve) };
}

/** Looks for the images of training among the queries of the test. */
async function leaksOf(
  { images }: Set,
  { name, training }: AuditedModel,
  given: true | string,
  { work, say }: Pick<LongTask, 'work' | 'say'>,
): Promise<LeakReport> {
  const path = given === true ? training?.data : given;
  if (path === undefined)
    throw new SinterError(
      'bad-input',
      `The model ${name} does not say what it was trained on. Name the data set: --leaks DATA.`,
    );
  say(`Looking for images of ${path} among those of the test.`);
  const { images: all } = await readDataSet(path, training?.protocol && { protocol: training.protocol });
  const trained = trainingImages(all);
  return findLeaks('images' in images ? images.images : images.queries, trained, work);
}

/** As training chooses them: the split `train` where there are splits. */
function trainingImages(images: readonly LabelledImage[]): readonly LabelledImage[] {
  const hasSplits = images.some(({ split }) => split !== undefined);
  return hasSplits ? images.filter(({ split }) => split === 'train') : images;
}

function mapValues<From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
