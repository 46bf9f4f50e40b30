/** `sinter keys`: makes, lists and revokes the API keys of the galleries in a folder. */
import { Command, Option } from 'commander';
import { SinterError } from '../../retrieval/errors.ts';
import type { Filter } from '../../retrieval/gallery/filter.ts';
import type { AccessKey, Scope } from '../../server/access/access-key.ts';
import { momentToCome, wholeNumber } from '../terminal/option-parsers.ts';
import { printAnswer } from '../terminal/print-answer.ts';
import { table } from '../terminal/table.ts';
import { example, indexDataOption, jsonOption } from './shared-options.ts';

type Common = { indexData: string; json?: true };
type CreateOptions = Common & {
  scope: Scope;
  gallery?: string;
  filter?: string;
  expires?: Date;
  rateLimit?: number;
};
type Shown = Omit<AccessKey, 'hash'>;

const SCOPES = ['read', 'write', 'admin'] as const satisfies Scope[];

const DESCRIPTION = `Make, list and revoke the API keys that a server asks for.

As soon as there is a key, every request needs one, and a server may listen beyond this machine. A running server heeds changes within a second.`;

export function keysCommand(): Command {
  return new Command('keys')
    .summary('make, list and revoke API keys')
    .description(DESCRIPTION)
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  const scope = new Option('--scope <scope>', 'read: search and look; write: change items too; admin: all')
    .choices(SCOPES)
    .default('read');
  return new Command('create')
    .summary('make a key, which is shown this once')
    .argument('<name>', 'who or what will have it')
    .addOption(scope)
    .option('--gallery <name>', 'the one gallery that it is for (default: all)')
    .option('--filter <json>', 'the items that there are for it, as a filter of searches says (default: all)')
    .option('--expires <when>', 'a date, or days such as 90d (default: never)', momentToCome('--expires'))
    .option(
      '--rate-limit <requests>',
      'most requests a minute with it; 0: no limit (default: what the server says)',
      wholeNumber('--rate-limit', 0, 1_000_000),
    )
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      example(
        'sinter keys create web-shop --scope read --gallery shop --expires 90d',
        `sinter keys create partner --filter '{"field": "metadata.public", "equals": true}'`,
      ),
    )
    .action(create);
}

async function create(name: string, options: CreateOptions): Promise<void> {
  const { indexData, json, scope, gallery, expires, rateLimit } = options;
  const { makeKey } = await import('../../server/access/access-key.ts');
  const { changeKeys, keyFileIn } = await import('../../server/access/key-file.ts');
  const { key, secret } = makeKey(name, {
    scope,
    ...(gallery !== undefined && { gallery }),
    ...(options.filter !== undefined && { filter: await filterOf(options.filter) }),
    ...(rateLimit !== undefined && { ratePerMinute: rateLimit }),
    ...(expires && { expiresAt: expires.toISOString() }),
  });
  await changeKeys(keyFileIn(indexData), (keys) => [...keys, key]);
  printAnswer(json, { ...shown(key), secret }, (answer) =>
    [
      answer.secret,
      `Key ${answer.id} for ${answer.name} (${answer.scope}, ${galleryOf(answer)}, ${endOf(answer)}). Keep it: it is not shown again.`,
    ].join('\n'),
  );
}

async function filterOf(text: string): Promise<Filter> {
  const { parseFilter } = await import('../../retrieval/gallery/filter.ts');
  try {
    return parseFilter(JSON.parse(text));
  } catch (error) {
    if (error instanceof SinterError) throw error;
    throw new SinterError('bad-input', `--filter must be JSON, got ${text}.`, { cause: error });
  }
}

function listCommand(): Command {
  return new Command('list')
    .summary('show what keys there are, without their secrets')
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .action(list);
}

async function list({ indexData, json }: Common): Promise<void> {
  const { keyFileIn, readKeys } = await import('../../server/access/key-file.ts');
  const keys = (await readKeys(keyFileIn(indexData))) ?? [];
  printAnswer(json, { keys: keys.map(shown) }, describeAll);
}

function revokeCommand(): Command {
  return new Command('revoke')
    .summary('make a key open nothing any more')
    .argument('<id>', 'as `sinter keys list` shows it')
    .addOption(indexDataOption())
    .addOption(jsonOption())
    .action(revoke);
}

async function revoke(id: string, { indexData, json }: Common): Promise<void> {
  const { changeKeys, keyFileIn } = await import('../../server/access/key-file.ts');
  let revoked: AccessKey | undefined;
  await changeKeys(keyFileIn(indexData), (keys) => {
    revoked = keys.find((key) => key.id === id);
    if (!revoked)
      throw new SinterError('not-found', `There is no key ${id}. \`sinter keys list\` shows all there are.`);
    return keys.filter((key) => key !== revoked);
  });
  printAnswer(json, { revoked: id }, () => `Key ${id} (${revoked?.name}) opens nothing any more.`);
}

/** Everything but the hash. */
function shown({ hash: _, ...rest }: AccessKey): Shown {
  return rest;
}

function describeAll({ keys }: { keys: Shown[] }): string {
  if (keys.length === 0) return 'There are no keys. `sinter keys create NAME` makes one.';
  const columns = ['id', 'name', 'scope', 'made', 'ends', 'for'].map((title) => ({ title }));
  return table(
    columns,
    keys.map((key) => [key.id, key.name, key.scope, dayOf(key.createdAt), endOf(key), galleryOf(key)]),
  );
}

function galleryOf({ gallery, filter }: Shown): string {
  const items = filter ? `, items with ${JSON.stringify(filter)}` : '';
  return `${gallery ?? 'all galleries'}${items}`;
}

function endOf({ expiresAt }: Shown): string {
  if (expiresAt === undefined) return 'never ends';
  return `${Date.parse(expiresAt) > Date.now() ? 'ends' : 'ended'} ${dayOf(expiresAt)}`;
}

/** Of a moment in ISO 8601. */
function dayOf(moment: string): string {
  return moment.slice(0, 10);
}
