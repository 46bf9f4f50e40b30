/** `sinter restore`: makes a gallery of a snapshot again. */
import { Command } from 'commander';
import type { Restored } from '../../retrieval/gallery/snapshot/restore-snapshot.ts';
import { count } from '../../retrieval/report/words.ts';
import { runLongTask } from '../terminal/long-task.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { example, indexDataOption, jsonOption } from './shared-options.ts';

type RestoreOptions = { gallery?: string; overwrite?: true; indexData: string; json?: true };

const DESCRIPTION = `Make a gallery of a snapshot again. The snapshot is verified first, and one with faults is refused.

Its index is built when the gallery is opened for the first time. A gallery of that name is replaced only with --overwrite; end its server before.`;

export function restoreCommand(): Command {
  return new Command('restore')
    .summary('make a gallery of a snapshot again')
    .description(DESCRIPTION)
    .argument('<snapshot>', 'folder that `sinter snapshot` wrote')
    .option('--gallery <name>', 'name of the gallery (default: the one that it had)')
    .option('--overwrite', 'replace the gallery of that name, if there is one')
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .addHelpText('after', example('sinter restore backups/shop-monday --gallery shop-again'))
    .action(async (snapshot: string, options: RestoreOptions) => {
      printAnswer(options.json, await restore(snapshot, options), describe);
    });
}

function restore(
  snapshot: string,
  { gallery: name, overwrite, indexData }: RestoreOptions,
): Promise<Restored> {
  return runLongTask('The gallery is as it was before.', async ({ work }) => {
    const { restoreSnapshot } = await import('../../retrieval/gallery/snapshot/restore-snapshot.ts');
    return restoreSnapshot({ snapshot, folder: indexData, name, overwrite }, work);
  });
}

function describe({ gallery, items }: Restored): string {
  return [
    `Gallery ${gallery} holds ${count(items, 'item')}.`,
    `Serve it with \`sinter serve --gallery ${gallery}\`.`,
  ].join('\n');
}
