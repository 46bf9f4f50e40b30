/** Reads a manifest: a text file with a line `path,label[,split]` for each image, paths relative to the manifest's folder. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { type CsvError, parse } from 'csv-parse/sync';
import { SinterError } from '../errors.ts';
import type { DataSet, ImageFile } from './labelled-image.ts';
import { listFirst } from './list-first.ts';

type Row = { line: number; cells: string[] };
type Columns = { path: number; label: number; split: number; named: boolean };
type Entry = ImageFile & { line: number };

/** Words that name a column where the first line is a header. */
const HEADER = {
  path: ['path', 'image', 'file', 'filename', 'filepath', 'image_path'],
  label: ['label', 'class', 'class_name', 'category'],
  split: ['split', 'subset', 'set'],
};

/** The words that make a third column a split, and the one that each is kept as. */
const SPLITS: Readonly<Record<string, string>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  dev: 'val',
  test: 'test',
  query: 'query',
  gallery: 'gallery',
  reference: 'gallery',
};

/**
 * Reads a manifest (absolute path): CSV, an optional header, `#` comments, spaces around cells ignored, label and
 * split optional. A third column without a header counts as split only where all its values name one.
 * Throws `bad-data` with line numbers where a line cannot be read, a file is missing or a path has two labels.
 */
export async function readManifest(manifest: string): Promise<DataSet<ImageFile>> {
  const rows = parseRows(await readFile(manifest), manifest);
  const columns = columnsOf(rows[0]);
  const entries = (columns.named ? rows.slice(1) : rows).map((row) => toEntry(row, columns, manifest));
  if (entries.length === 0) {
    throw new SinterError('bad-data', `Expected lines \`path,label\` in ${manifest}; it has none.`);
  }
  const warnings = columns.named ? [] : ignoreColumnThatIsNoSplit(entries);
  const images = withoutRepeats(entries, manifest, warnings);
  await requireFiles(images, manifest);
  return { root: dirname(manifest), images: images.map(({ line: _, ...image }) => image), warnings };
}

function parseRows(bytes: Buffer, manifest: string): Row[] {
  try {
    const records = parse(bytes, {
      bom: true,
      comment: '#',
      comment_no_infix: true,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
    }) as unknown as { info: { lines: number }; record: string[] }[];
    return records.map(({ info, record }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    throw new SinterError('bad-data', `${manifest} is not a CSV file: ${(error as CsvError).message}.`);
  }
}

function columnsOf(first: Row | undefined): Columns {
  const names = (first?.cells ?? []).map((cell) => cell.toLowerCase());
  const position = (words: string[]) => names.findIndex((name) => words.includes(name));
  const path = position(HEADER.path);
  const named = path >= 0 && (names.length === 1 || position(HEADER.label) >= 0);
  if (!named) return { path: 0, label: 1, split: 2, named };
  return { path, label: position(HEADER.label), split: position(HEADER.split), named };
}

function toEntry({ line, cells }: Row, columns: Columns, manifest: string): Entry {
  const written = cells[columns.path];
  if (!written) {
    throw new SinterError(
      'bad-data',
      `Expected a path on line ${line} of ${manifest}; got \`${cells.join(',')}\`.`,
    );
  }
  const path = resolve(dirname(manifest), written);
  const id = relative(dirname(manifest), path).split(sep).join('/');
  const split = cells[columns.split]?.toLowerCase();
  return {
    id,
    path,
    label: cells[columns.label] || null,
    line,
    ...(split && { split: SPLITS[split] ?? split }),
  };
}

/** Drops the third column of a manifest without header (in place) unless all its values name splits. */
function ignoreColumnThatIsNoSplit(entries: Entry[]): string[] {
  const names = new Set(Object.values(SPLITS));
  const withValue = entries.filter((entry) => entry.split !== undefined);
  const others = withValue.filter((entry) => !names.has(entry.split as string));
  if (others.length === 0) return [];
  for (const entry of entries) delete entry.split;
  if (others.length === withValue.length) return [];
  const lines = others.map(({ line }) => `${line}`);
  return [
    `The third column is ignored: it names a split on some lines only, not on lines ${listFirst(lines)}.`,
  ];
}

function withoutRepeats(entries: Entry[], manifest: string, warnings: string[]): Entry[] {
  const byId = new Map<string, Entry>();
  const repeated: string[] = [];
  for (const entry of entries) {
    const first = byId.get(entry.id);
    if (first && first.label !== entry.label) throw labelMismatch(first, entry, manifest);
    if (first) repeated.push(entry.id);
    else byId.set(entry.id, entry);
  }
  if (repeated.length > 0) {
    warnings.push(`${repeated.length} lines repeat an image and are ignored: ${listFirst(repeated)}.`);
  }
  return [...byId.values()];
}

function labelMismatch(first: Entry, second: Entry, manifest: string): SinterError {
  return new SinterError(
    'bad-data',
    `Label mismatch in ${manifest}: ${first.id} is \`${first.label}\` on line ${first.line} and \`${second.label}\` on line ${second.line}. Keep one of the lines.`,
  );
}

async function requireFiles(entries: Entry[], manifest: string): Promise<void> {
  const there = await Promise.all(
    entries.map(({ path }) =>
      stat(path).then(
        (file) => file.isFile(),
        () => false,
      ),
    ),
  );
  const missing = entries.filter((_, i) => !there[i]).map(({ id, line }) => `${id} (line ${line})`);
  if (missing.length === 0) return;
  throw new SinterError(
    'bad-data',
    `${missing.length} of ${entries.length} images of ${manifest} are not there: ${listFirst(missing)}. Paths are relative to ${dirname(manifest)}.`,
  );
}
