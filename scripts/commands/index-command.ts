/** `sinter index`: brings the images of a folder or manifest into a gallery. */
import { Command } from 'commander';
import type { IndexReport } from '../../retrieval/gallery/index-folder.ts';
import { count } from '../../retrieval/report/words.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { addEmbeddingOptions, type EmbeddingOptions, embeddingOf } from './embedding-options.ts';
import { example, galleryOption, indexDataOption, jsonOption, modelOption } from './shared-options.ts';
import { warnOfSkipped } from './warn-of-skipped.ts';

type IndexCommandOptions = EmbeddingOptions & {
  gallery: string;
  indexData: string;
  model?: string;
  json?: true;
};
type Answer = IndexReport & { gallery: string; items: number; model: string };

const DESCRIPTION = `Index the images of a folder, or of a manifest with lines \`path[,label[,split]]\`.

Only what is new by content goes through the model, and items whose file is gone are removed: run it again whenever the folder has changed.`;

const IF_STOPPED = 'What was indexed so far is kept; the same command goes on from there.';

export function indexCommand(): Command {
  const command = new Command('index')
    .summary('bring a folder of images into a gallery')
    .description(DESCRIPTION)
    .argument('<folder>', 'folder of images, or a manifest')
    .addOption(modelOption())
    .addOption(galleryOption())
    .addOption(indexDataOption());
  return addEmbeddingOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', example('sinter index photos/ --model models/shop --gallery shop'))
    .action(async (folder: string, options: IndexCommandOptions) => {
      printAnswer(options.json, await index(folder, options), describe);
    });
}

function index(
  folder: string,
  { gallery: name, indexData, model, ...options }: IndexCommandOptions,
): Promise<Answer> {
  return runLongTask(IF_STOPPED, async ({ work, say, warn }) => {
    const { readImageSet } = await import('../../retrieval/dataset/read-data-set.ts');
    const { indexImages } = await import('../../retrieval/gallery/index-folder.ts');
    const { openParts } = await import('../open-parts.ts');
    const dataSet = await readImageSet(folder, { svg: options.enableSvg });
    dataSet.warnings.forEach(warn);
    const embedding = embeddingOf(options, say);
    const create = model !== undefined;
    const parts = await openParts({ gallery: name, indexData, model, create, embedding, warn });
    try {
      const report = await indexImages(parts.gallery, parts.model, dataSet, {}, work);
      warnOfSkipped(report.skipped, warn);
      return { ...report, gallery: name, items: parts.gallery.size(), model: parts.model.card.name };
    } finally {
      await parts.close();
    }
  });
}

function describe({ gallery, items, ...report }: Answer): string {
  const changes = (['added', 'updated', 'relabelled', 'removed', 'unchanged'] as const)
    .filter((kind) => report[kind] > 0)
    .map((kind) => `${count(report[kind])} ${kind}`);
  if (report.skipped.length > 0) changes.push(`${count(report.skipped.length)} left out`);
  return [
    `Gallery ${gallery} holds ${count(items, 'image')} (${changes.join(', ') || 'nothing to do'}).`,
    `Search it with \`sinter search IMAGE --gallery ${gallery}\` or \`sinter serve --gallery ${gallery}\`.`,
  ].join('\n');
}
