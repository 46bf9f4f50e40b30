/** `sinter verify`: looks at everything in a snapshot or a gallery, and names every fault. */
import { Command } from 'commander';
import { SinterError } from '../../retrieval/errors.ts';
import type { Verified } from '../../retrieval/gallery/snapshot/verify-snapshot.ts';
import { count } from '../../retrieval/report/words.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { example, indexDataOption, jsonOption } from './shared-options.ts';

type VerifyOptions = { gallery?: string; indexData: string; json?: true };
type Answer = Verified & { verified: string; isWhole: boolean };

const DESCRIPTION = `Look at everything in a snapshot, or in a gallery that may be served meanwhile, and name every fault: files that are not there or were changed, damage of the database, items without their embedding or their image.

The exit code is 1 where there are faults.`;

export function verifyCommand(): Command {
  return new Command('verify')
    .summary('look for faults in a snapshot or a gallery')
    .description(DESCRIPTION)
    .argument('[snapshot]', 'folder that `sinter snapshot` wrote')
    .option('--gallery <name>', 'verify this gallery instead')
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .addHelpText('after', example('sinter verify backups/shop-monday', 'sinter verify --gallery shop'))
    .action(async (snapshot: string | undefined, options: VerifyOptions) => {
      const answer = await verify(snapshot, options);
      printAnswer(options.json, answer, describe);
      if (!answer.isWhole) process.exitCode = 1;
    });
}

async function verify(snapshot: string | undefined, { gallery, indexData }: VerifyOptions): Promise<Answer> {
  const { verifyGallery, verifySnapshot } = await import(
    '../../retrieval/gallery/snapshot/verify-snapshot.ts'
  );
  if ((snapshot === undefined) === (gallery === undefined)) {
    throw new SinterError('bad-input', 'Expected the folder of a snapshot or --gallery, one of them.');
  }
  const found = gallery ? await verifyGallery(indexData, gallery) : await verifySnapshot(snapshot!);
  const verified = gallery ? `gallery ${gallery}` : `snapshot ${snapshot}`;
  return { verified, isWhole: found.faults.length === 0, ...found };
}

function describe({ verified, isWhole, faults, items, files }: Answer): string {
  const looked = `${count(items, 'item')} and ${count(files, 'file')}`;
  if (isWhole) return `The ${verified} is whole: ${looked}.`;
  const lines = faults.map(({ where, what }) => `  ${where}: ${what}`);
  return [`The ${verified} has ${count(faults.length, 'fault')} (${looked}):`, ...lines].join('\n');
}
