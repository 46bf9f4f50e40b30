/** `npm run figure`: the paper's figure of what the temperature does to an embedding, on Fashion-MNIST. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import sharp from 'sharp';
import { example, jsonOption } from '../commands/shared-options.ts';
import { type LongTask, runLongTask } from '../terminal/long-task.ts';
import { positiveNumber, wholeNumber } from '../terminal/option-parsers.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { exitCodeOf, reportError } from '../terminal/report-error.ts';
import { drawPanels } from './draw-panels.ts';
import { CLASS_NAMES, FASHION_MNIST, readFashionMnist } from './fashion-mnist.ts';
import {
  type PanelOptions,
  TEMPERATURES,
  type Temperature,
  type TrainedPanel,
  trainPanel,
} from './train-panel.ts';

type FigureOptions = PanelOptions & {
  out: string;
  data: string;
  runs: string;
  images: number;
  drawn: number;
  json?: true;
};

type Answer = { out: string; panels: (Temperature & { spread: number; recallAt1: number })[] };

const DESCRIPTION = `Draw what the temperature does to an embedding: a LeNet with two numbers at its end, trained on Fashion-MNIST by the softmax of normalised features at several α = 1/temperature, and heated up from 16 to 4 (arXiv 1809.04157).

The paper trains for 100 epochs on all 60,000 images of MNIST, which takes hours a panel on a few cores.`;

const IF_STOPPED = 'Every full epoch is kept; the same command goes on from there.';

const most = 2 ** 31 - 1;

function program(): Command {
  return new Command('npm run figure --')
    .description(DESCRIPTION)
    .option('--out <file>', 'the picture, .png or .svg', 'fashion-mnist.png')
    .option('--data <folder>', 'the IDX files of Fashion-MNIST', FASHION_MNIST)
    .option('--runs <folder>', 'where unfinished runs are kept', join('models', '.runs', 'figure'))
    .option('--images <count>', 'training images of each run', wholeNumber('--images', 10, 60_000), 60_000)
    .option('--drawn <count>', 'test images in each panel', wholeNumber('--drawn', 10, 10_000), 2000)
    .option('--epochs <count>', 'times that each image is seen', wholeNumber('--epochs', 1, 100_000), 100)
    .option('--batch-size <count>', 'images in a step', wholeNumber('--batch-size', 2, 4096), 128)
    .option('--learning-rate <number>', 'of Adam', positiveNumber('--learning-rate'), 1e-3)
    .option('--seed <number>', 'the same seed gives the same picture', wholeNumber('--seed', 0, most), 1)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example('npm run figure -- --images 8000 --epochs 20 --batch-size 64 --out docs/fashion-mnist.png'),
    )
    .action(async (options: FigureOptions) => {
      const answer = await runLongTask(IF_STOPPED, (task) => figure(options, task));
      printAnswer(options.json, answer, describe);
    });
}

async function figure({ out, data, runs, images, drawn, ...options }: FigureOptions, { work }: LongTask) {
  const sets = {
    training: await readFashionMnist(data, 'train', images),
    drawn: await readFashionMnist(data, 't10k', drawn),
  };
  const panels: TrainedPanel[] = [];
  for (const temperature of TEMPERATURES)
    panels.push(await trainPanel(temperature, sets, options, runs, work));
  await writePicture(out, drawPanels(panels, CLASS_NAMES));
  return {
    out,
    panels: panels.map(({ temperature, spread, recallAt1 }) => ({ ...temperature, spread, recallAt1 })),
  };
}

/** Thousands of marks are far smaller as pixels than as shapes; the few colours of a picture fit a palette. */
async function writePicture(out: string, svg: string): Promise<void> {
  const isSvg = out.toLowerCase().endsWith('.svg');
  await writeFile(out, isSvg ? svg : await sharp(Buffer.from(svg)).png({ palette: true }).toBuffer());
}

function describe({ out, panels }: Answer): string {
  const lines = panels.map(({ alpha, heatedAlpha, spread, recallAt1 }) => {
    const name = heatedAlpha === undefined ? `α ${alpha}` : `α ${alpha} → ${heatedAlpha}`;
    return `${name}: ${spread.toFixed(1)}° within classes, recall@1 ${recallAt1.toFixed(3)}`;
  });
  return [`Drew ${out}.`, ...lines].join('\n');
}

try {
  await program().parseAsync();
} catch (error) {
  reportError(error);
  process.exitCode = exitCodeOf(error);
}
