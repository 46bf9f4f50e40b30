/** `sinter snapshot`: copies a gallery as it is at one moment, while it is served. */
import { Command } from 'commander';
import { count } from '../../retrieval/report/words.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { example, galleryOption, indexDataOption, jsonOption } from './shared-options.ts';

type SnapshotOptions = { gallery: string; indexData: string; json?: true };
type Answer = {
  snapshot: string;
  gallery: string;
  takenAt: string;
  items: number;
  files: number;
  imagesElsewhere: number;
};

const DESCRIPTION = `Copy a gallery into a folder as it is at one moment, with checksums; it may be served and written to meanwhile.

In it are the items with their embeddings, and the image files that the gallery keeps itself, which are those that were uploaded. Images that were indexed from a folder stay where they are, and what can be built again is left out.`;

export function snapshotCommand(): Command {
  return new Command('snapshot')
    .summary('copy a gallery while it is served')
    .description(DESCRIPTION)
    .argument('<folder>', 'folder to write, which must not be there')
    .addOption(galleryOption())
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .addHelpText('after', example('sinter snapshot backups/shop-monday --gallery shop'))
    .action(async (folder: string, options: SnapshotOptions) => {
      printAnswer(options.json, await snapshot(folder, options), describe);
    });
}

function snapshot(to: string, { gallery: name, indexData }: SnapshotOptions): Promise<Answer> {
  return runLongTask('No snapshot was written.', async ({ work }) => {
    const { takeSnapshot } = await import('../../retrieval/gallery/snapshot/take-snapshot.ts');
    const { manifest, imagesElsewhere } = await takeSnapshot({ folder: indexData, name, to }, work);
    const { takenAt, items, files } = manifest;
    return { snapshot: to, gallery: name, takenAt, items, files: files.length, imagesElsewhere };
  });
}

function describe({ snapshot: to, gallery, items, imagesElsewhere }: Answer): string {
  const images = `The image files of ${count(imagesElsewhere)} of them lie elsewhere and are not in it.`;
  return [
    `The ${count(items, 'item')} of gallery ${gallery} are in ${to}.`,
    ...(imagesElsewhere > 0 ? [images] : []),
    `Check it with \`sinter verify ${to}\`, bring it back with \`sinter restore ${to}\`.`,
  ].join('\n');
}
