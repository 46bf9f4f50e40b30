/** `sinter serve`: search in galleries over HTTP, and a page for them. */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { SinterError } from '../../retrieval/errors.ts';
import { count } from '../../retrieval/report/words.ts';
import type { Anonymous } from '../../server/access/exposure.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { addEmbeddingOptions, type EmbeddingOptions, embeddingOf } from './embedding-options.ts';
import { addProtectionOptions, type ProtectionOptions, protectionOf } from './protection-options.ts';
import { example, indexDataOption, jsonOption } from './shared-options.ts';

type ServeOptions = EmbeddingOptions &
  ProtectionOptions & {
    gallery?: string[];
    port: number;
    host: string;
    indexData: string;
    models: string;
    indexRoot?: string[];
    drain: number;
    logLevel: string;
    ownCore: boolean;
    json?: true;
  };

type Answer = { url: string; galleries: { name: string; items: number; model: string }[] };

const DESCRIPTION = `Serve search in galleries over HTTP, and a page for them, until Ctrl-C.

Other machines reach it only by --host, which needs API keys (sinter keys create) or a word on what may be done without one.

All galleries are served unless --gallery names some. The address is printed on standard output, the log goes to standard error.`;

export function serveCommand(): Command {
  const command = new Command('serve')
    .summary('serve search over HTTP, and a page')
    .description(DESCRIPTION)
    .option('--gallery <name...>', 'serve these galleries alone')
    .option('--port <number>', '0 takes any that is free', wholeNumber('--port', 0, 65535), 8080)
    .option('--host <address>', '0.0.0.0 is reachable from other machines', '127.0.0.1')
    .addOption(indexDataOption())
    .option('--models <folder>', 'folder of the models', 'models')
    .option('--index-root <folder...>', 'folders whose images requests may have indexed (default: none)')
    .option(
      '--drain <seconds>',
      'how long it still takes requests once it is told to stop, while /readyz says that it should get none',
      wholeNumber('--drain', 0, 600),
      0,
    )
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .option(
      '--no-own-core',
      'never keep a core for one session alone, as a server does on two cores of Linux that are busy with nothing else',
    );
  return addProtectionOptions(addEmbeddingOptions(command))
    .addOption(jsonOption())
    .addHelpText('after', example('sinter serve', 'sinter serve --gallery shop --port 8080'))
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const { gallery: only, indexData, models: shelf, port, host, logLevel, indexRoot, json } = options;
  const { openServed } = await import('../open-served.ts');
  const { serveParts } = await import('../serve-parts.ts');
  const { ownCore } = await import('../../retrieval/threads/own-core.ts');
  const place = { port, host, logLevel, indexData, drainMs: options.drain * 1000 };
  const rules = { ...protectionOf(options), ...(indexRoot && { indexRoots: await foldersAt(indexRoot) }) };
  await requireProtected(host, indexData, rules.anonymous);
  const warn = (sentence: string) => console.error(`warning: ${sentence}`);
  const embedder = {
    ...embeddingOf(options, (sentence) => console.error(sentence)),
    ...(options.ownCore && { ownCore }),
  };
  const { opened, ...parts } = await openServed({ indexData, shelf, only, embedder, warn });
  await serveParts(parts, { ...place, ...rules }, (url) => {
    const galleries = opened.map(({ gallery, model }) => {
      return { name: gallery.name, items: gallery.size(), model: model.card.name };
    });
    printAnswer<Answer>(json, { url, galleries }, describe);
  });
}

/** Said at once, and not only when models and galleries are open. */
async function requireProtected(host: string, indexData: string, anonymous?: Anonymous): Promise<void> {
  const { requireProtection } = await import('../../server/access/exposure.ts');
  const { keyFileIn } = await import('../../server/access/key-file.ts');
  const { openKeyRing } = await import('../../server/access/key-ring.ts');
  await requireProtection(host, { keys: await openKeyRing(keyFileIn(indexData)), anonymous });
}

function describe({ url, galleries }: Answer): string {
  const served = galleries.map(
    ({ name, items, model }) => `${name} (${count(items, 'image')}, model ${model})`,
  );
  return `Served at ${url}: ${served.join(', ') || 'no gallery yet'}. Ctrl-C stops.`;
}

/** Their absolute paths. Throws `not-found` where one is no folder. */
async function foldersAt(paths: string[]): Promise<string[]> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isDirectory())
      throw new SinterError('not-found', `--index-root: there is no folder ${path}.`);
  }
  return paths.map((path) => resolve(path));
}
