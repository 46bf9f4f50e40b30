/** `sinter export-labels`: the labels of a gallery as a manifest to train on. */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { SinterError } from '../../retrieval/errors.ts';
import type { Gallery, Item } from '../../retrieval/gallery/item.ts';
import { count } from '../../retrieval/report/words.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { example, galleryOption, indexDataOption, jsonOption } from './shared-options.ts';

type ExportOptions = { gallery: string; indexData: string; out: string; json?: true };

type Answer = {
  gallery: string;
  manifest: string;
  images: number;
  classes: number;
  /** Items that are left out: without a label, without their file, or whose file is another item's under another label. */
  unlabelled: number;
  missing: string[];
  contradicting: string[];
};

const DESCRIPTION = `Write the labels of a gallery as a manifest, a line \`path,label\` for each labelled item. What was labelled in clusters or one by one can so be trained on.`;

export function exportLabelsCommand(): Command {
  return new Command('export-labels')
    .summary('write the labels of a gallery as a manifest to train on')
    .description(DESCRIPTION)
    .addOption(galleryOption())
    .requiredOption('--out <file>', 'manifest to write, such as labels.csv')
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example(
        'sinter export-labels --gallery shop --out labels.csv',
        'sinter train labels.csv --out models/shop-2',
      ),
    )
    .action(async (options: ExportOptions) => {
      printAnswer(options.json, await exportLabels(options), describe);
    });
}

async function exportLabels({ gallery: name, indexData, out: manifest }: ExportOptions): Promise<Answer> {
  const { openGallery } = await import('../../retrieval/gallery/gallery.ts');
  const { writeManifest } = await import('../../retrieval/dataset/write-manifest.ts');
  const warn = (sentence: string) => console.error(`warning: ${sentence}`);
  const gallery = await openGallery({ folder: indexData, name, warn });
  try {
    const { entries, ...left } = labelledFiles(gallery);
    if (entries.size === 0)
      throw new SinterError(
        'bad-data',
        `Gallery ${name} has no labelled item whose file is there. Label items or clusters first.`,
      );
    await writeManifest(
      manifest,
      [...entries].map(([path, label]) => ({ path, label })),
    );
    const classes = new Set(entries.values()).size;
    return { gallery: name, manifest, images: entries.size, classes, ...left };
  } finally {
    await gallery.close();
  }
}

function labelledFiles(gallery: Gallery) {
  const entries = new Map<string, string>();
  const left = { unlabelled: 0, missing: [] as string[], contradicting: [] as string[] };
  for (const { id, source, label } of gallery.items() as Iterable<Item>) {
    if (label === null) left.unlabelled++;
    else if (!existsSync(source)) left.missing.push(id);
    else if (entries.has(source) && entries.get(source) !== label) left.contradicting.push(id);
    else entries.set(source, label);
  }
  return { entries, ...left };
}

function describe({ manifest, images, classes, unlabelled, missing, contradicting }: Answer): string {
  const left = [
    ...(unlabelled > 0 ? [`${count(unlabelled)} without a label`] : []),
    ...(missing.length > 0 ? [`${count(missing.length)} whose file is gone`] : []),
    ...(contradicting.length > 0 ? [`${count(contradicting.length)} whose file has another label too`] : []),
  ];
  const rest = left.length > 0 ? ` Left out: ${left.join(', ')}.` : '';
  return `${manifest} has ${count(images, 'image')} of ${count(classes, 'class', 'classes')}.${rest}\nTrain on it with \`sinter train ${manifest} --out models/NAME\`.`;
}
