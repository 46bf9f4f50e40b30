/** `sinter audit`: what a model is worth on labelled images, whether it is better than another, and whether that is enough. */
import { Command } from 'commander';
import type { BenchmarkId, Protocol } from '../../retrieval/dataset/benchmarks/benchmark.ts';
import { SinterError } from '../../retrieval/errors.ts';
import type { AuditAnswer, AuditData, AuditTask } from '../audit/audit-task.ts';
import { describeAudit } from '../audit/describe-audit.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { wholeNumber, wholeNumbers } from '../terminal/option-parsers.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { EXIT_GATE_FAILED } from '../terminal/report-error.ts';
import { addEmbeddingOptions, type EmbeddingOptions, embeddingOf } from './embedding-options.ts';
import { benchmarkOption, example, jsonOption, protocolOption } from './shared-options.ts';

type AuditOptions = EmbeddingOptions & {
  model: string;
  queries?: string;
  references?: string;
  benchmark?: BenchmarkId;
  protocol?: Protocol;
  k?: number[];
  against: string[];
  gate: string[];
  worst: number;
  clusters: boolean;
  leaks?: true | string;
  indexRecall?: true;
  ablate?: true;
  report?: string;
  seed: number;
  json?: true;
};

const DESCRIPTION = `Measure a model on labelled images, exactly: recall@k, precision@k, R-precision, MAP@R and, of clusters, NMI, AMI and pairwise F1, with 95% intervals; every class by itself, and the queries that fail worst.

Open: the images of DATA are searched among each other, each without itself.
Closed: the images of --queries are searched among those of --references.
Each is a folder of class folders, a manifest with lines \`path,label[,split]\`, or the folder of a benchmark (CUB-200-2011, Cars196, Stanford Online Products, DeepFashion In-Shop), which is audited as it is published.

Where DATA has splits, its test images are measured: among each other, among the training images where these have the same classes, or queries in the gallery where it has both.

Exit codes: 0, 1 for an error, 2 where a --gate is not kept, 130 after Ctrl-C.`;

const IF_STOPPED = 'An audit keeps nothing: the same command begins again.';
const MOST = 2 ** 31 - 1;

export function auditCommand(): Command {
  const command = new Command('audit')
    .summary('measure a model, compare it, gate it')
    .description(DESCRIPTION)
    .argument('[data]', 'labelled images, or a benchmark')
    .requiredOption(
      '--model <folder>',
      'folder of the model; or the ONNX file of a backbone, audited as it came',
    )
    .option('--queries <data>', 'labelled images to search with')
    .option('--references <data>', 'labelled images to search among')
    .addOption(benchmarkOption())
    .addOption(protocolOption())
    .option(
      '--k <list>',
      'numbers of neighbours (default: those that a benchmark is published with, otherwise 1,2,4,8)',
      wholeNumbers('--k', 1, 1000),
    )
    .option(
      '--against <folder>',
      'compare with this model or backbone, on the same images; may be repeated',
      collect,
      [],
    )
    .option(
      '--gate <condition>',
      'fail unless it holds: "recall@1>=0.8", "no-worse-than models/old", "no-worse-than models/old within 0.01"; may be repeated',
      collect,
      [],
    )
    .option('--worst <count>', 'how many of the worst queries to name', wholeNumber('--worst', 0, 1000), 10)
    .option('--no-clusters', 'leave out the figures of clusters')
    .option(
      '--leaks [data]',
      'look for images of training in the test (default: of the data that the model names)',
    )
    .option('--index-recall', 'compare what HNSW finds with the truth')
    .option('--ablate', 'try fewer dimensions and coarser numbers')
    .option('--report <file>', 'write a page with pictures, such as audit.html');
  return addEmbeddingOptions(command)
    .option('--seed <number>', 'decides everything that is random', wholeNumber('--seed', 0, MOST), 1)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example(
        'sinter audit unseen/ --model models/shop --report audit.html',
        'sinter audit --queries test.csv --references train.csv --model models/shop --json',
        'sinter audit unseen/ --model models/new --gate "recall@1>=0.8" --gate "no-worse-than models/old"',
        'sinter audit data/CUB_200_2011 --benchmark cub --model models/birds',
      ),
    )
    .action(async (data: string | undefined, options: AuditOptions) => {
      const answer = await run(dataOf(data, options), options);
      printAnswer(options.json, answer, describeAudit);
      if (!answer.passed) process.exitCode = EXIT_GATE_FAILED;
    });
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

function dataOf(path: string | undefined, options: AuditOptions): AuditData[] {
  const { queries, references, benchmark, protocol } = options;
  const data =
    path === undefined ? [] : [{ path, ...(benchmark && { benchmark }), ...(protocol && { protocol }) }];
  if (benchmark && path === undefined)
    throw new SinterError('bad-input', `Expected DATA, the folder of the benchmark ${benchmark}; got none.`);
  if ((queries === undefined) !== (references === undefined))
    throw new SinterError('bad-input', 'Expected --queries and --references together; got only one of them.');
  if (queries !== undefined && references !== undefined) return [{ queries, references }, ...data];
  if (data.length > 0) return data;
  const advice = 'Give DATA, or --queries and --references';
  throw new SinterError('bad-input', `Expected images to audit the model on. ${advice}.`);
}

async function run(data: AuditData[], options: AuditOptions): Promise<AuditAnswer> {
  const { parseGate } = await import('../../retrieval/audit/gate.ts');
  const { model, k, against, gate, worst, clusters, leaks, report, seed } = options;
  const gates = gate.map(parseGate);
  return runLongTask(IF_STOPPED, async (long) => {
    const { runAudit } = await import('../audit/run-audit.ts');
    const task: AuditTask = {
      model,
      data,
      ...(k && { ks: k }),
      against,
      gates,
      worst,
      clusters,
      ...(leaks !== undefined && { leaks }),
      index: options.indexRecall === true,
      ablate: options.ablate === true,
      ...(report !== undefined && { report }),
      seed,
      embedding: embeddingOf(options, long.say),
    };
    return runAudit(task, long);
  });
}
