import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILTER_LIMITS } from '../../retrieval/gallery/filter.ts';
import { tinyBundle } from '../../retrieval/model/bundle.test-helper.ts';
import { writeBundle } from '../../retrieval/model/write-bundle.ts';
import { Galleries } from '../galleries/galleries.ts';
import { errorTable } from '../http/error-table.ts';
import { type Listening, listen } from '../listen.ts';
import { Models } from '../models/models.ts';
import { DEFAULT_LIMITS } from '../parts.ts';
import { SILENT } from '../served.test-helper.ts';

const CURL = ['/usr/bin/curl', '/usr/local/bin/curl', '/opt/homebrew/bin/curl'].find((path) =>
  existsSync(path),
);
const MEBIBYTE = 1024 * 1024;

const page = await readFile(new URL('../../docs/http-api.md', import.meta.url), 'utf8');

/** Commands, and the JSON that the last of them answers, where the page shows it. */
const examples = [...page.matchAll(/```sh\n([\s\S]*?)```(?:\n\n```json\n([\s\S]*?)```)?/g)].map(
  ([, commands, answer]) => ({ commands: commands as string, answer }),
);

test('the page has every error with its status', () => {
  for (const [, status, code] of errorTable().matchAll(/^\| (\d+) \| `([\w-]+)` \|$/gm)) {
    const row = page
      .split('\n')
      .find((line) => line.startsWith(`| ${status} |`) && line.includes(`\`${code}\``));
    expect(row, `${status} ${code}`).toBeDefined();
  }
});

test('the page has the limits that a server has unless told otherwise', () => {
  const {
    maxImageBytes,
    maxUploads,
    maxUploadBytes,
    maxBatch,
    maxBatchBytes,
    timeoutMs,
    ratePerMinute,
    admission,
  } = DEFAULT_LIMITS;
  const rows = [
    `| an image file | ${maxImageBytes / MEBIBYTE} MiB |`,
    `| files of one upload, and their bytes | ${maxUploads}, ${maxUploadBytes / MEBIBYTE} MiB |`,
    `| queries or images of one batch, and bytes of its body | ${maxBatch}, ${maxBatchBytes / MEBIBYTE} MiB |`,
    `| conditions of a filter, and their nesting | ${FILTER_LIMITS.conditions}, ${FILTER_LIMITS.depth} deep |`,
    `| seconds for a request | ${timeoutMs / 1000} |`,
    `| requests at a time, and bytes of their bodies | ${admission.requests}, ${admission.bytes / MEBIBYTE} MiB |`,
  ];
  for (const row of rows) expect(page).toContain(row);
  expect(ratePerMinute).toBe(0);
});

describe.skipIf(!CURL)(`the examples${CURL ? '' : ' (skipped: there is no curl)'}`, () => {
  let folder: string;
  let listening: Listening;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sinter-http-'));
    await writeShelf(join(folder, 'models'));
    await writeImages(folder);
    const models = new Models({ shelf: join(folder, 'models'), embedder: { workers: 1 } });
    const galleries = new Galleries({ folder: join(folder, 'index-data'), models });
    await mkdir(join(folder, 'index-data'));
    listening = await listen({ models, galleries, log: SILENT }, { port: 0 });
  });
  afterAll(async () => {
    await listening.close();
    await rm(folder, { recursive: true });
  });

  test('do, one after the other, what the page says', async () => {
    expect(examples.length).toBeGreaterThan(10);
    for (const { commands, answer } of examples) {
      const printed = await run(commands);
      if (answer === undefined) continue;
      const lastLine = printed.trimEnd().split('\n').at(-1) as string;
      expect(JSON.parse(lastLine), commands).toEqual(asExpected(JSON.parse(answer)));
    }
    expect(await sharp(join(folder, 'shoe.webp')).metadata()).toMatchObject({ format: 'webp' });
    expect(await readFile(join(folder, 'shoe-again.jpg'))).toEqual(await readFile(join(folder, 'shoe.jpg')));
  });

  /** Every command must succeed; answers go on lines of their own. */
  async function run(commands: string): Promise<string> {
    const script = commands
      .replaceAll('localhost:8080', listening.url.replace('http://', ''))
      .replaceAll(/^curl/gm, `${CURL} -sS --fail-with-body -w '\\n'`);
    const { stdout } = await promisify(execFile)('bash', ['-e', '-c', script], { cwd: folder }).catch(
      (error) => {
        throw new Error(`${commands} failed: ${error.stdout}${error.stderr}`);
      },
    );
    return stdout;
  }
});

/** A model called `products`. */
async function writeShelf(shelf: string): Promise<void> {
  const { card, ...bundle } = await tinyBundle();
  await writeBundle(
    join(shelf, 'products'),
    { ...bundle, card: { ...card, name: 'products' } },
    { workers: 1 },
  );
}

async function writeImages(folder: string): Promise<void> {
  const colours = { shoe: '#d02020', boot: '#a03030', cup: '#2030d0' };
  for (const [name, background] of Object.entries(colours)) {
    const image = sharp({ create: { width: 64, height: 48, channels: 3, background } });
    await image.jpeg().toFile(join(folder, `${name}.jpg`));
  }
  await writeFile(join(folder, 'notes.txt'), 'not an image');
}

/** `…` matches anything, and text that ends in it whatever begins so; numbers match but for rounding. */
function asExpected(value: unknown): unknown {
  if (value === '…') return expect.anything();
  if (typeof value === 'number') return expect.closeTo(value, 3);
  if (typeof value === 'string' && value.endsWith('…')) {
    return expect.stringContaining(value.slice(0, -1));
  }
  if (Array.isArray(value)) return value.map(asExpected);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asExpected(each)]));
}
