/** `sinter audit`: how often an image's neighbours under a model share its class. */
import { Command } from 'commander';
import type { AuditReport } from '../../retrieval/audit/audit.ts';
import type { Protocol } from '../../retrieval/dataset/benchmarks/benchmark.ts';
import { SinterError } from '../../retrieval/errors.ts';
import type { Model } from '../../retrieval/model/model.ts';
import { describeRecall } from '../describe-recall.ts';
import { type LongTask, runLongTask } from '../terminal/long-task.ts';
import { wholeNumbers } from '../terminal/option-parsers.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { addEmbeddingOptions, type EmbeddingOptions, embeddingOf } from './embedding-options.ts';
import { example, jsonOption, protocolOption } from './shared-options.ts';
import { warnOfSkipped } from './warn-of-skipped.ts';

type AuditOptions = EmbeddingOptions & {
  model: string;
  queries?: string;
  references?: string;
  protocol?: Protocol;
  k: number[];
  json?: true;
};

type Sets = {
  data?: { path: string; protocol?: Protocol } | undefined;
  closed?: { queries: string; references: string };
};

/** The figures of the named queries and references where they were asked for, with those of DATA beside them. */
type Answer = AuditReport & { model: { id: string; name: string }; open?: AuditReport };

const DESCRIPTION = `Measure recall@k and precision@k of a model on labelled images, exactly.

Open: the images of DATA are searched among each other, each without itself.
Closed: the images of --queries are searched among those of --references.
Each is a folder of class folders, a manifest with lines \`path,label[,split]\`, or the folder of a benchmark (CUB-200-2011, Cars196, Stanford Online Products, DeepFashion In-Shop).

Where DATA has splits, its test images are measured: among each other, among the training images where these have the same classes, or queries in the gallery where it has both.`;

const IF_STOPPED = 'An audit keeps nothing: the same command begins again.';

export function auditCommand(): Command {
  const command = new Command('audit')
    .summary('measure recall of a model')
    .description(DESCRIPTION)
    .argument('[data]', 'labelled images, or a benchmark')
    .requiredOption('--model <folder>', 'folder of the model')
    .option('--queries <data>', 'labelled images to search with')
    .option('--references <data>', 'labelled images to search among')
    .addOption(protocolOption())
    .option('--k <list>', 'numbers of neighbours', wholeNumbers('--k', 1, 1000), [1, 2, 4, 8]);
  return addEmbeddingOptions(command)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example(
        'sinter audit unseen/ --model models/shop',
        'sinter audit --queries test.csv --references train.csv --model models/shop --json',
      ),
    )
    .action(async (data: string | undefined, options: AuditOptions) => {
      const sets = setsOf(data, options);
      printAnswer(options.json, await measure(sets, options), describe);
    });
}

function setsOf(path: string | undefined, { queries, references, protocol }: AuditOptions): Sets {
  const data = path === undefined ? undefined : { path, ...(protocol && { protocol }) };
  if ((queries === undefined) !== (references === undefined))
    throw new SinterError('bad-input', 'Expected --queries and --references together; got only one of them.');
  if (queries !== undefined && references !== undefined) return { data, closed: { queries, references } };
  if (data !== undefined) return { data };
  const advice = 'Give DATA, or --queries and --references';
  throw new SinterError('bad-input', `Expected images to audit the model on. ${advice}.`);
}

function measure({ data, closed }: Sets, { model: folder, k, ...options }: AuditOptions): Promise<Answer> {
  return runLongTask(IF_STOPPED, async (task) => {
    const { openBundle } = await import('../open-parts.ts');
    const model = await openBundle(folder, embeddingOf(options, task.say));
    try {
      const reports: AuditReport[] = [];
      if (closed) reports.push(await measureClosed(model, closed, k, task));
      if (data !== undefined) reports.push(await measureData(model, data, k, task));
      const [first, open] = reports as [AuditReport, AuditReport?];
      return { ...first, model: { id: model.id, name: model.card.name }, ...(open && { open }) };
    } finally {
      await model.close();
    }
  });
}

async function measureData(
  model: Model,
  { path, protocol }: NonNullable<Sets['data']>,
  ks: number[],
  task: LongTask,
): Promise<AuditReport> {
  const { audit } = await import('../../retrieval/audit/audit.ts');
  const { auditedImages } = await import('../../retrieval/audit/audited-images.ts');
  const audited = auditedImages(await readLabelled(path, task, protocol));
  return listSkipped(await audit({ model, ks, ...audited }, task.work), task);
}

async function measureClosed(
  model: Model,
  closed: { queries: string; references: string },
  ks: number[],
  task: LongTask,
): Promise<AuditReport> {
  const { audit } = await import('../../retrieval/audit/audit.ts');
  const queries = await readLabelled(closed.queries, task);
  const references = await readLabelled(closed.references, task);
  return listSkipped(await audit({ model, ks, queries, references }, task.work), task);
}

async function readLabelled(path: string, { warn }: LongTask, protocol?: Protocol) {
  const { readDataSet } = await import('../../retrieval/dataset/read-data-set.ts');
  const { images, warnings } = await readDataSet(path, protocol && { protocol });
  warnings.forEach(warn);
  return images;
}

function listSkipped(report: AuditReport, { warn }: LongTask): AuditReport {
  warnOfSkipped(report.skipped, warn);
  return report;
}

function describe({ open, ...first }: Answer): string {
  return [first, ...(open ? [open] : [])].map(describeRecall).join('\n\n');
}
