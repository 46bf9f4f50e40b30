/** Recognises the folder of a published benchmark by its files, reads it by its own lists, and says what it lacks. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { SinterError } from '../../errors.ts';
import { IMAGE_EXTENSIONS } from '../../image/format.ts';
import type { DataSet } from '../labelled-image.ts';
import { listFirst } from '../list-first.ts';
import type { Benchmark, BenchmarkId, ListedImage, Protocol } from './benchmark.ts';
import { CARS } from './cars.ts';
import { CUB } from './cub.ts';
import { IN_SHOP } from './in-shop.ts';
import { ONLINE_PRODUCTS } from './online-products.ts';

export const BENCHMARKS: readonly Benchmark[] = [CUB, CARS, ONLINE_PRODUCTS, IN_SHOP];

/** The benchmark that the folder is meant to be, complete or not; undefined for a folder of any other kind. */
export function benchmarkAt(root: string): Benchmark | undefined {
  return BENCHMARKS.find(({ signs }) => signs.some((sign) => existsSync(join(root, sign))));
}

/** Throws `bad-data` unless the folder is meant to be the benchmark of this name; says what it is instead. */
export async function requireBenchmark(id: BenchmarkId, root: string): Promise<Benchmark> {
  const wanted = BENCHMARKS.find((benchmark) => benchmark.id === id) as Benchmark;
  const found = benchmarkAt(root);
  if (found === wanted) return wanted;
  const names = await readdir(root).catch(() => undefined);
  const what = found ? `the files of ${found.name}` : names ? 'none of its files' : 'no folder';
  const holds = names && !found ? ` (found: ${await namesIn(root)})` : '';
  throw new SinterError(
    'bad-data',
    `Expected the folder of ${wanted.name}; ${root} ${names ? 'has' : 'is'} ${what}${holds}. ${howToGet(wanted)}`,
  );
}

/** Where to get the benchmark that a folder is named after, for one that is not there; empty for any other name. */
export function adviceForName(root: string): string {
  const benchmark = BENCHMARKS.find(({ folderName }) => folderName.test(basename(root)));
  return benchmark ? ` If it is to be ${benchmark.name}: ${howToGet(benchmark)}` : '';
}

/**
 * Reads the images that the lists of a benchmark name, with label and split (`train`, and `test` or `query` and `gallery`).
 * A set that was cut down, lists included, is read with a warning that gives the counts.
 * @param root absolute. @param protocol default `open`.
 * Throws `bad-data` where a list or an image is missing, and `bad-input` for a protocol that the benchmark does not have.
 */
export async function readBenchmark(
  benchmark: Benchmark,
  root: string,
  protocol: Protocol = 'open',
): Promise<DataSet> {
  if (!benchmark.splits[protocol]) throw noSuchProtocol(benchmark, protocol);
  const { images, warnings } = await benchmark.list(root, protocol).catch(async (error) => {
    if (error.code !== 'ENOENT') throw error;
    throw await incomplete(benchmark, root, `${relative(root, error.path)} is not there`);
  });
  const unlisted = await requireImages(benchmark, root, images);
  return {
    root,
    images: images.map(({ file, ...image }) => ({ id: file, path: join(root, file), ...image })),
    warnings: [...warnings, ...unlisted, ...otherCounts(benchmark, protocol, images)],
  };
}

/** Throws where a listed image is not there or is listed twice; warns of images beside them that no list has. */
async function requireImages(benchmark: Benchmark, root: string, images: ListedImage[]): Promise<string[]> {
  const listed = new Set(images.map(({ file }) => file));
  if (listed.size !== images.length) {
    const repeats = `its lists name ${images.length - listed.size} of ${images.length} images twice`;
    throw await incomplete(benchmark, root, repeats);
  }
  const present = await filesBeside(root, listed);
  const missing = [...listed].filter((file) => !present.has(file));
  if (missing.length > 0) {
    const what = `${count(missing.length)} of ${count(images.length)} images are not there: ${listFirst(missing)}`;
    throw await incomplete(benchmark, root, what);
  }
  const isImage = (file: string) => IMAGE_EXTENSIONS.has(extname(file).toLowerCase());
  const others = [...present].filter((file) => isImage(file) && !listed.has(file)).sort();
  if (others.length === 0) return [];
  return [
    `Left out ${count(others.length)} images that no list of ${benchmark.name} has: ${listFirst(others)}.`,
  ];
}

/** All files in the folders of the given ones: a listing a folder is far quicker than a look at each of 100,000 files. */
async function filesBeside(root: string, files: Iterable<string>): Promise<Set<string>> {
  const present = new Set<string>();
  const folders = new Set(Array.from(files, (file) => dirname(file)));
  for (const folder of folders) {
    const names = await readdir(join(root, folder)).catch((): string[] => []);
    for (const name of names) if (!name.startsWith('.')) present.add(`${folder}/${name}`);
  }
  return present;
}

function otherCounts({ name, splits }: Benchmark, protocol: Protocol, images: ListedImage[]): string[] {
  const full = splits[protocol] as Record<string, number>;
  const here: Record<string, number> = Object.fromEntries(Object.keys(full).map((split) => [split, 0]));
  for (const { split } of images) here[split] = (here[split] as number) + 1;
  if (Object.keys(full).every((split) => here[split] === full[split])) return [];
  return [
    `This is not the whole of ${name}, so figures do not compare with published ones: ${describeCounts(here)}; complete it has ${describeCounts(full)}.`,
  ];
}

/** `11,788 images (train 5,864, test 5,924)`. */
function describeCounts(counts: Record<string, number>): string {
  const total = Object.values(counts).reduce((sum, images) => sum + images, 0);
  const splits = Object.entries(counts).map(([split, images]) => `${split} ${count(images)}`);
  return `${count(total)} images (${splits.join(', ')})`;
}

async function incomplete(benchmark: Benchmark, root: string, what: string): Promise<SinterError> {
  const message = `${root} looks like ${benchmark.name} but ${what} (found: ${await namesIn(root)}). ${howToGet(benchmark)}`;
  return new SinterError('bad-data', message);
}

async function namesIn(root: string): Promise<string> {
  const names = (await readdir(root)).filter((name) => !name.startsWith('.')).sort();
  return names.length === 0 ? 'nothing' : listFirst(names, 8);
}

function howToGet({ download, layout }: Benchmark): string {
  return `Download it from ${download}, and extract it so that the folder holds ${layout}.`;
}

function noSuchProtocol({ name, splits }: Benchmark, protocol: Protocol): SinterError {
  const has = Object.keys(splits).join(' and ');
  return new SinterError('bad-input', `${name} has the protocol ${has} only; got "${protocol}".`);
}

function count(n: number): string {
  return n.toLocaleString('en');
}
