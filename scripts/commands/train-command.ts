/** `sinter train`: labelled images → a model bundle. */
import { join } from 'node:path';
import { Command } from 'commander';
import type { BenchmarkId, Protocol } from '../../retrieval/dataset/benchmarks/benchmark.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { describeTraining, type TrainingAnswer } from '../train/describe-training.ts';
import { addTrainOptions, type TrainOptions } from '../train/options.ts';
import { taskOfOptions } from '../train/task-of-options.ts';
import { benchmarkOption, example, jsonOption, protocolOption } from './shared-options.ts';

type CommandOptions = TrainOptions & {
  out: string;
  benchmark?: BenchmarkId;
  protocol?: Protocol;
  report: boolean;
  json?: true;
};

const DESCRIPTION = `Train a model on labelled images and export it.

DATA is a folder of class folders, a manifest with lines \`path,label[,split]\`, of which the split \`train\` is taken, or the folder of a benchmark as it is distributed (CUB-200-2011, Cars196, Stanford Online Products, In-Shop). With --backbone a head is trained on the features of an ONNX network, which takes seconds; --train last:N or all fine-tunes the network too. Without, a small residual network is trained from nothing.

Some classes, and some images of the others, are held out: they decide which epoch is kept, and tell in the end by how much the model beats the frozen backbone.`;

const IF_STOPPED = 'Everything up to the last full epoch is kept; the same command goes on from there.';

export function trainCommand(): Command {
  const command = new Command('train')
    .summary('train a model on labelled images')
    .description(DESCRIPTION)
    .argument('<data>', 'labelled images')
    .requiredOption('--out <folder>', 'folder of the model, such as models/shop')
    .addOption(benchmarkOption())
    .addOption(protocolOption())
    .option('--no-report', 'write no report.html into the model')
    .addOption(jsonOption());
  return addTrainOptions(command)
    .addHelpText(
      'after',
      example(
        'sinter train photos/ --backbone mobilenetv2.onnx --out models/shop',
        'sinter train photos/ --backbone mobilenetv2.onnx --train all --size 160 --out models/shop',
      ),
    )
    .action(async (data: string, options: CommandOptions) => {
      printAnswer(options.json, await train(data, options), describeTraining);
    });
}

function train(
  data: string,
  { out, benchmark, protocol, report, json: _, ...options }: CommandOptions,
): Promise<TrainingAnswer> {
  const read = { ...(benchmark && { benchmark }), ...(protocol && { protocol }) };
  const task = { data, out, report, ...read, ...taskOfOptions(options) };
  return runLongTask(IF_STOPPED, async ({ work, say, warn }) => {
    const { trainModel } = await import('../../trainer/train-model.ts');
    const start = performance.now();
    const warnings: string[] = [];
    const collect = (sentence: string) => {
      warnings.push(sentence);
      warn(sentence);
    };
    const { card, ...result } = await trainModel({ ...task, say, warn: collect }, work);
    const seconds = Math.round((performance.now() - start) / 100) / 10;
    const { variant, images, classes } = card.training;
    const about = {
      model: out,
      ...(report && { report: join(out, 'report.html') }),
      name: card.name,
      id: card.graphSha256,
      dim: card.dim,
    };
    return { ...about, variant, images, classes, warnings, seconds, ...result };
  });
}
