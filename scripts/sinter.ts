#!/usr/bin/env node
/** The command line `sinter`: its words, and how a command ends. What a command needs is loaded once it runs. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { auditCommand } from './commands/audit-command.ts';
import { clusterCommand } from './commands/cluster-command.ts';
import { demoCommand } from './commands/demo-command.ts';
import { doctorCommand } from './commands/doctor-command.ts';
import { exportLabelsCommand } from './commands/export-labels-command.ts';
import { indexCommand } from './commands/index-command.ts';
import { keysCommand } from './commands/keys-command.ts';
import { restoreCommand } from './commands/restore-command.ts';
import { searchCommand } from './commands/search-command.ts';
import { serveCommand } from './commands/serve-command.ts';
import { snapshotCommand } from './commands/snapshot-command.ts';
import { studyCommand } from './commands/study-command.ts';
import { thresholdsCommand } from './commands/thresholds-command.ts';
import { trainCommand } from './commands/train-command.ts';
import { verifyCommand } from './commands/verify-command.ts';
import { exitCodeOf, reportError } from './terminal/report-error.ts';

const DESCRIPTION = `Image search on heated-up embeddings.

Train a model on labelled images, index a folder of images with it, and search: by image, on the command line or over HTTP. Every command answers --json with one JSON object on standard output.`;

const EXAMPLE = `
Example:
  sinter train photos/ --out models/shop
  sinter index photos/ --model models/shop --gallery shop
  sinter search query.jpg --gallery shop --k 5
  sinter serve --gallery shop

See it at work on emoji, with nothing of your own: sinter demo`;

/** One folder further up when this module was compiled into `dist`. */
const PACKAGE_FILE = new URL(
  import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json',
  import.meta.url,
);

function program(): Command {
  const { version } = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8'));
  return new Command('sinter')
    .description(DESCRIPTION)
    .version(version)
    .addHelpText('after', EXAMPLE)
    .addCommand(trainCommand())
    .addCommand(indexCommand())
    .addCommand(searchCommand())
    .addCommand(serveCommand())
    .addCommand(keysCommand())
    .addCommand(snapshotCommand())
    .addCommand(restoreCommand())
    .addCommand(verifyCommand())
    .addCommand(auditCommand())
    .addCommand(thresholdsCommand())
    .addCommand(clusterCommand())
    .addCommand(exportLabelsCommand())
    .addCommand(studyCommand())
    .addCommand(doctorCommand())
    .addCommand(demoCommand());
}

// Whoever reads the output may have seen enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await program().parseAsync();
} catch (error) {
  reportError(error);
  process.exitCode = exitCodeOf(error);
}
