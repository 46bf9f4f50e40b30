/** `sinter serve`: search in a gallery over HTTP, and a page for it. */
import { Command, Option } from 'commander';
import type { Anonymous } from '../../server/access/exposure.ts';
import { wholeNumber } from '../terminal/option-parsers.ts';
import { count, printAnswer } from '../terminal/print-answer.ts';
import { addEmbeddingOptions, type EmbeddingOptions, embeddingOf } from './embedding-options.ts';
import { example, galleryOption, indexDataOption, jsonOption, modelOption } from './shared-options.ts';

type ServeOptions = EmbeddingOptions & {
  gallery: string;
  port: number;
  host: string;
  indexData: string;
  model?: string;
  logLevel: string;
  anonymous?: Anonymous;
  allowHost?: string[];
  json?: true;
};

type Answer = { url: string; gallery: string; items: number; model: string };

const DESCRIPTION = `Serve search in a gallery over HTTP, and a page for it, until Ctrl-C.

Other machines reach it only by --host, which needs API keys (sinter keys create) or a word on what may be done without one.

The address is printed on standard output, the log goes to standard error.`;

export function serveCommand(): Command {
  const command = new Command('serve')
    .summary('serve search over HTTP, and a page')
    .description(DESCRIPTION)
    .addOption(galleryOption())
    .option('--port <number>', '0 takes any that is free', wholeNumber('--port', 0, 65535), 8080)
    .option('--host <address>', '0.0.0.0 is reachable from other machines', '127.0.0.1')
    .addOption(
      new Option(
        '--anonymous <scope>',
        'what may be done without an API key (default: anything on loopback while there are no keys, else nothing)',
      ).choices(['none', 'read', 'write', 'admin'] satisfies Anonymous[]),
    )
    .option('--allow-host <name...>', 'names that a server on loopback answers to, such as that of a proxy')
    .addOption(modelOption())
    .addOption(indexDataOption())
    .addOption(
      new Option('--log-level <level>', 'least level that is logged')
        .choices(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    );
  return addEmbeddingOptions(command)
    .addOption(jsonOption())
    .addHelpText('after', example('sinter serve --gallery shop --port 8080'))
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const { gallery: name, indexData, model, json, allowHost: allowedHosts, ...place } = options;
  const { openParts } = await import('../open-parts.ts');
  const { serveParts } = await import('../serve-parts.ts');
  const warn = (sentence: string) => console.error(`warning: ${sentence}`);
  const embedding = embeddingOf(options, (sentence) => console.error(sentence));
  const parts = await openParts({ gallery: name, indexData, model, embedding, warn });
  await serveParts(parts, { ...place, indexData, ...(allowedHosts && { allowedHosts }) }, (url) => {
    const items = parts.gallery.size();
    printAnswer<Answer>(json, { url, gallery: name, items, model: parts.model.card.name }, describe);
  });
}

function describe({ url, gallery, items, model }: Answer): string {
  return `Gallery ${gallery} (${count(items)} images, model ${model}) is served at ${url}. Ctrl-C stops.`;
}
