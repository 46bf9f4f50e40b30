/**
 * Reads the list of images that a user points at, a folder, a manifest file or a published benchmark, and says what is wrong with it.
 * Opens no image: whether a file can be decoded is known only when it is.
 */
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SinterError } from '../errors.ts';
import { IMAGE_EXTENSIONS } from '../image/format.ts';
import type { BenchmarkId, Protocol } from './benchmarks/benchmark.ts';
import { adviceForName, benchmarkAt, readBenchmark, requireBenchmark } from './benchmarks/read-benchmark.ts';
import type { DataSet, ImageFile, LabelledImage } from './labelled-image.ts';
import { listFirst } from './list-first.ts';
import { readFolder } from './read-folder.ts';
import { readManifest } from './read-manifest.ts';

const DRAWN_TOO = new Set([...IMAGE_EXTENSIONS, '.svg']);

export type ReadOptions = {
  /** Which split of a benchmark to read; default `open`. Other folders and manifests have none or their own. */
  protocol?: Protocol;
  /** The benchmark that it must be; default whichever it is, or none. */
  benchmark?: BenchmarkId;
  /** Find SVG files in folders too; default false. */
  svg?: boolean | undefined;
};

/**
 * Reads a labelled set: a folder of class folders (the label is the image's folder, relative to the root), a manifest of
 * `path,label[,split]` lines, or the folder of a benchmark (`BENCHMARKS`), which is recognised by its files.
 * Folders come in order of id, manifests and benchmarks in their own order.
 * Throws `not-found`; `bad-data` where there is no image, no class, a line that cannot be right, or a part of a benchmark
 * missing or it is not the benchmark that was asked for; `bad-input` for a protocol where there is none to choose.
 */
export async function readDataSet(path: string, options: ReadOptions = {}): Promise<DataSet> {
  const { root, images, warnings } = await readImageSet(path, options);
  const labelled = images.filter((image): image is LabelledImage => image.label !== null);
  if (labelled.length === 0) throw noClasses(path, images);
  return { root, images: labelled, warnings: [...warnings, ...unlabelled(images), ...lonely(labelled)] };
}

/** Reads a set whose images need no label, such as a folder to index; otherwise as `readDataSet`. */
export async function readImageSet(
  path: string,
  { protocol, benchmark: named, svg }: ReadOptions = {},
): Promise<DataSet<ImageFile>> {
  const root = resolve(path);
  const found = await stat(root).catch(() => undefined);
  if (!found) throw notFound(root);
  const recognised = found.isDirectory() ? benchmarkAt(root) : undefined;
  const benchmark = named ? await requireBenchmark(named, root) : recognised;
  if (benchmark) return readBenchmark(benchmark, root, protocol);
  if (protocol) throw nothingToChoose(root, protocol);
  return found.isDirectory() ? readFolder(root, svg ? DRAWN_TOO : IMAGE_EXTENSIONS) : readManifest(root);
}

function notFound(root: string): SinterError {
  return new SinterError('not-found', `There is no folder or manifest file ${root}.${adviceForName(root)}`);
}

function nothingToChoose(root: string, protocol: Protocol): SinterError {
  return new SinterError(
    'bad-input',
    `A protocol is chosen for a published benchmark; got "${protocol}" for ${root}, whose splits are its own.`,
  );
}

function noClasses(path: string, images: ImageFile[]): SinterError {
  const first = images.map((image) => image.id);
  return new SinterError(
    'bad-data',
    `Expected a folder for each class, or a manifest with lines \`path,label\`; the ${images.length} images of ${path} have no class (${listFirst(first)}). Move each image into a folder named as its class.`,
  );
}

function unlabelled(images: ImageFile[]): string[] {
  const without = images.filter((image) => image.label === null).map((image) => image.id);
  if (without.length === 0) return [];
  return [
    `Left out ${without.length} of ${images.length} images, which have no class: ${listFirst(without)}.`,
  ];
}

function lonely(images: LabelledImage[]): string[] {
  const counts = new Map<string, number>();
  for (const { label } of images) counts.set(label, (counts.get(label) ?? 0) + 1);
  const single = [...counts].filter(([, count]) => count === 1).map(([label]) => label);
  if (single.length === 0) return [];
  return [
    `${single.length} of ${counts.size} classes have a single image, so it has no match to be near to: ${listFirst(single)}.`,
  ];
}
