/** `sinter demo`: the whole path on emoji, from nothing to a page. */
import { join } from 'node:path';
import { Command } from 'commander';
import type { RecallReport } from '../../retrieval/metrics/recall.ts';
import { count } from '../../retrieval/report/words.ts';
import type { Demo } from '../demo/make-demo.ts';
import { describeRecall } from '../describe-recall.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';
import { printAnswer, share } from '../terminal/print-answer.ts';
import { example, jsonOption } from './shared-options.ts';

type DemoOptions = { serve: boolean; port: number; home: string; json?: true };

type Answer = RecallReport & {
  gallery: string;
  items: number;
  model: { id: string; name: string; dim: number };
  url?: string;
};

const DESCRIPTION = `See the whole path at work on emoji, with nothing of your own.

Fetches the drawings that a dozen vendors made of the same 1,600 emoji, trains a model on one half of the emoji from nothing, indexes and audits the other half, which the model has never seen, and serves search in it. It takes some minutes the first time and seconds from then on; stopped, it goes on where it was.`;

const IF_STOPPED = 'What was done so far is kept; the same command goes on from there.';

export function demoCommand(): Command {
  return new Command('demo')
    .summary('see it at work on emoji, from nothing to a page')
    .description(DESCRIPTION)
    .option('--no-serve', 'end after the audit')
    .option('--port <number>', '0 takes any that is free', wholeNumber('--port', 0, 65535), 8080)
    .option('--home <folder>', 'folder for its models/ and index-data/', '.')
    .addOption(jsonOption())
    .addHelpText('after', example('sinter demo', 'sinter demo --no-serve --json'))
    .action(runDemo);
}

async function runDemo({ serve, port, home, json }: DemoOptions): Promise<void> {
  const { announce, makeDemo } = await import('../demo/make-demo.ts');
  const { EMOJI_TRAINING } = await import('../demo/recipe.ts');
  const demo = await runLongTask(IF_STOPPED, (task) => makeDemo({ home, training: EMOJI_TRAINING }, task));
  const answer = answerOf(demo);
  const { keepAbout } = await import('../../server/galleries/about.ts');
  keepAbout(demo.parts.gallery, describedBy(demo));
  if (!serve) {
    await demo.parts.close();
    return printAnswer(json, answer, describe);
  }
  const { adoptServed } = await import('../open-served.ts');
  const { serveParts } = await import('../serve-parts.ts');
  announce(5, (sentence) => console.error(sentence));
  const indexData = join(home, 'index-data');
  const options = { port, host: '127.0.0.1', indexData, logLevel: 'warn' };
  await serveParts(adoptServed({ ...demo.parts, indexData }), options, (url) =>
    printAnswer(json, { ...answer, url }, describe),
  );
}

function answerOf({ report, parts }: Demo): Answer {
  const { model, gallery } = parts;
  const { id, card } = model;
  const items = gallery.size();
  return { ...report, gallery: gallery.name, items, model: { id, name: card.name, dim: card.dim } };
}

/** Kept with the gallery, so that any server that serves it credits the images. */
function describedBy({ emoji, report, parts }: Demo) {
  const { classes, images } = parts.model.card.training;
  const first = share(report.recall[1] as number);
  const notes = `The model was trained from nothing on ${count(images, 'drawing')} of ${count(classes)} other emoji and has seen none of these ${count(report.classes)}. The nearest neighbour of a drawing shows the same emoji, by another vendor, in ${first} of all cases (recall@1).`;
  return { title: 'Emoji', notes, credits: emoji.credits };
}

function describe({ url, ...report }: Answer): string {
  const served = `Open ${url} in a browser. Ctrl-C stops; \`sinter demo\` starts it again within seconds.`;
  return [describeRecall(report), ...(url === undefined ? [] : ['', served])].join('\n');
}
