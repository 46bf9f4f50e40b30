/** `sinter audit`: how often an image's neighbours under a model share its class. */
import { Command } from 'commander';
import type { AuditReport } from '../../retrieval/audit/audit.ts';
import { SinterError } from '../../retrieval/errors.ts';
import type { Model } from '../../retrieval/model/model.ts';
import { describeRecall } from '../describe-recall.ts';
import { type LongTask, runLongTask } from '../terminal/long-task.ts';
import { wholeNumbers } from '../terminal/option-parsers.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { example, jsonOption } from './shared-options.ts';
import { warnOfSkipped } from './warn-of-skipped.ts';

type AuditOptions = { model: string; queries?: string; references?: string; k: number[]; json?: true };

type Sets = { data?: string | undefined; closed?: { queries: string; references: string } };

/** The closed protocol's figures where both were asked for, with the open one's beside them. */
type Answer = AuditReport & { model: { id: string; name: string }; open?: AuditReport };

const DESCRIPTION = `Measure recall@k and precision@k of a model on labelled images, exactly.

Open: the images of DATA are searched among each other, each without itself.
Closed: the images of --queries are searched among those of --references.
Each is a folder of class folders, or a manifest with lines \`path,label[,split]\`.`;

const IF_STOPPED = 'An audit keeps nothing: the same command begins again.';

export function auditCommand(): Command {
  return new Command('audit')
    .summary('measure recall of a model')
    .description(DESCRIPTION)
    .argument('[data]', 'labelled images for the open protocol')
    .requiredOption('--model <folder>', 'folder of the model')
    .option('--queries <data>', 'labelled images to search with')
    .option('--references <data>', 'labelled images to search among')
    .option('--k <list>', 'numbers of neighbours', wholeNumbers('--k', 1, 1000), [1, 2, 4, 8])
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

function setsOf(data: string | undefined, { queries, references }: AuditOptions): Sets {
  if ((queries === undefined) !== (references === undefined))
    throw new SinterError('bad-input', 'Expected --queries and --references together; got only one of them.');
  if (queries !== undefined && references !== undefined) return { data, closed: { queries, references } };
  if (data !== undefined) return { data };
  const advice = 'Give DATA for the open protocol, or --queries and --references for the closed one';
  throw new SinterError('bad-input', `Expected images to audit the model on. ${advice}.`);
}

function measure({ data, closed }: Sets, { model: folder, k }: AuditOptions): Promise<Answer> {
  return runLongTask(IF_STOPPED, async (task) => {
    const { openBundle } = await import('../open-parts.ts');
    const model = await openBundle(folder);
    try {
      const reports: AuditReport[] = [];
      if (closed) reports.push(await measureClosed(model, closed, k, task));
      if (data !== undefined) reports.push(await measureOpen(model, data, k, task));
      const [first, open] = reports as [AuditReport, AuditReport?];
      return { ...first, model: { id: model.id, name: model.card.name }, ...(open && { open }) };
    } finally {
      await model.close();
    }
  });
}

async function measureOpen(model: Model, data: string, ks: number[], task: LongTask): Promise<AuditReport> {
  const { audit } = await import('../../retrieval/audit/audit.ts');
  const images = await readLabelled(data, task);
  return listSkipped(await audit({ model, ks, images }, task.work), task);
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

async function readLabelled(path: string, { warn }: LongTask) {
  const { readDataSet } = await import('../../retrieval/dataset/read-data-set.ts');
  const { images, warnings } = await readDataSet(path);
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
