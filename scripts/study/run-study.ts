/** Runs a study: trains and tests every combination of its grid, one after another, and goes on where it was stopped. */
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { auditedImages } from '../../retrieval/audit/audited-images.ts';
import type { AuditedImages } from '../../retrieval/audit/embed-sides.ts';
import { readDataSet } from '../../retrieval/dataset/read-data-set.ts';
import { SinterError } from '../../retrieval/errors.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { trainingSet } from '../../trainer/data/training-set.ts';
import { frozenRecall } from '../../trainer/frozen-recall.ts';
import type { Backbone } from '../../trainer/source.ts';
import { testEmbedding } from '../../trainer/test-embedding.ts';
import { runTraining } from '../../trainer/training-run.ts';
import type { Comparison } from '../../trainer/validation/comparison.ts';
import { optionsOfSettings } from '../train/options.ts';
import { taskOfOptions } from '../train/task-of-options.ts';
import { type Run, runsOf, type Settings, type StudyFile } from './grid.ts';
import { writeOpenSplit } from './open-split.ts';
import type { Result } from './table.ts';

/** A line of `results.jsonl`. */
export type StoredResult = Result & {
  /** Of everything that decides the result, so that a changed study does not take over what is not its own. */
  run: string;
  /** The epoch that was kept, and its figures on held-out images; absent for the frozen backbone. */
  epoch?: number;
  validation?: Comparison[];
  seconds: number;
};

/**
 * Runs what `folder` has no results of yet and answers all results, the frozen backbone's first. Every test image is looked
 * at once for each trained embedding, after every choice about it is made.
 */
export async function runStudy(
  study: StudyFile,
  folder: string,
  work: LongWork & { say?: (sentence: string) => void } = {},
): Promise<StoredResult[]> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'results.jsonl');
  const known = new Map((await readResults(path)).map((result) => [result.run, result]));
  const data = await dataOf(study, folder);
  const test = await readTest({ ...study, data });
  const results: StoredResult[] = [];
  const take = async (run: Run | 'frozen', measure: () => Promise<Omit<StoredResult, 'run' | 'seconds'>>) => {
    stopIfAborted(work.signal);
    const id = identify(study, run);
    let result = known.get(id);
    if (!result) {
      const start = performance.now();
      result = { run: id, ...(await measure()), seconds: Math.round((performance.now() - start) / 100) / 10 };
      await appendFile(path, `${JSON.stringify(result)}\n`);
    }
    results.push(result);
  };
  const runs = runsOf(study);
  // What is wrong with any run is said before the first.
  for (const { settings } of runs) taskOf(study, settings);
  const frozen = frozenBackbone(study, runs);
  if (frozen) await take('frozen', () => testFrozen(data, study, frozen, test, folder, work));
  for (const [i, run] of runs.entries()) {
    const name = Object.values(run.varied).join(' ');
    await take(run, async () => {
      work.say?.(`run ${i + 1} of ${runs.length}: ${name}`);
      return trainAndTest({ ...study, data }, run, test, folder, work);
    });
  }
  return results;
}

function taskOf({ backbone }: Pick<StudyFile, 'backbone'>, settings: Settings) {
  return taskOfOptions(optionsOfSettings({ ...(backbone !== undefined && { backbone }), ...settings }));
}

async function trainAndTest(
  study: Omit<StudyFile, 'data'> & { data: string },
  { varied, settings }: Run,
  test: AuditedImages,
  folder: string,
  work: LongWork,
): Promise<Omit<StoredResult, 'run' | 'seconds'>> {
  const protocol = study.protocol === undefined ? {} : { protocol: study.protocol };
  const job = {
    data: study.data,
    ...protocol,
    out: join(folder, 'models', 'current'),
    ...taskOf(study, settings),
  };
  return runTraining(job, work, async (finished) => ({
    varied,
    recall: await testEmbedding(finished, test, study.k, work),
    epoch: finished.trained.epoch,
    validation: finished.comparisons,
  }));
}

/** The backbone that all runs start from, as the first of them sees its input. */
function frozenBackbone(study: StudyFile, [first]: Run[]): (Backbone & { kind: 'onnx' }) | undefined {
  if (study.backbone === undefined || !first) return undefined;
  const { backbone } = taskOf(study, first.settings);
  return backbone.kind === 'onnx' ? backbone : undefined;
}

async function testFrozen(
  data: string,
  study: StudyFile,
  backbone: Backbone & { kind: 'onnx' },
  test: AuditedImages,
  folder: string,
  work: LongWork,
): Promise<Omit<StoredResult, 'run' | 'seconds'>> {
  const { training } = trainingSet(await readDataSet(data, study.protocol && { protocol: study.protocol }));
  const quiet = () => {};
  const job = {
    images: training,
    cache: join(folder, 'models', '.cache'),
    seed: 1,
    say: quiet,
    warn: quiet,
    work,
  };
  return { varied: { variant: 'frozen', seed: 0 }, recall: await frozenRecall(backbone, test, study.k, job) };
}

/** The set to train on: of several sets, or where classes are divided, a manifest made for it. */
async function dataOf({ data, openAt }: StudyFile, folder: string): Promise<string> {
  const [only, ...others] = data as [string, ...string[]];
  if (openAt === undefined && others.length === 0) return only;
  if (openAt === undefined)
    throw new SinterError(
      'bad-input',
      'Expected openAt, since of several sets the classes are divided; got none.',
    );
  const manifest = join(folder, 'open-split.csv');
  await writeOpenSplit(data, openAt, manifest);
  return manifest;
}

async function readTest({
  data,
  protocol,
  test,
}: Pick<StudyFile, 'protocol' | 'test'> & { data: string }): Promise<AuditedImages> {
  const imagesOf = async (path: string) => (await readDataSet(path)).images;
  if (test === undefined) return auditedImages((await readDataSet(data, protocol && { protocol })).images);
  if ('images' in test) return { images: await imagesOf(test.images) };
  return { queries: await imagesOf(test.queries), references: await imagesOf(test.references) };
}

function identify({ identity }: StudyFile, run: Run | 'frozen'): string {
  const decides = JSON.stringify([identity, run === 'frozen' ? run : run.settings]);
  return createHash('sha256').update(decides).digest('hex').slice(0, 16);
}

/** A last line that was cut short by a crash is measured again. */
async function readResults(path: string): Promise<StoredResult[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as StoredResult];
    } catch {
      return [];
    }
  });
}
