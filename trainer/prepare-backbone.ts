/** From a backbone's file to a network that is ready to train: what is trained of it, and pixels scaled as it expects them. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LabelledImage } from '../retrieval/dataset/labelled-image.ts';
import type { InputRule } from '../retrieval/image/pixels.ts';
import type { LongWork } from '../retrieval/progress.ts';
import { seededRandom } from '../retrieval/random.ts';
import { checkPreprocessing, choosePreprocessing, imagesToCheck } from './backbones/check-preprocessing.ts';
import {
  type BackboneOptions,
  fingerprint,
  type ImportedBackbone,
  importBackbone,
  withPreprocessing,
} from './backbones/import-backbone.ts';
import { type Network, type Scope, withScope } from './backbones/network.ts';
import type { Preprocessing } from './backbones/preprocess.ts';
import { CROP_AND_FLIP } from './data/augment.ts';
import { pixelSamples } from './data/pixel-samples.ts';
import { openPixelStore } from './data/pixel-store.ts';
import { classNumbers } from './data/training-set.ts';

export type OnnxBackbone = BackboneOptions & {
  path: string;
  fit: InputRule['fit'];
  resize?: number;
  scope: Scope;
};

/** What is at hand to find out with: training images, a folder for what is found, and where to tell it. */
export type BackboneJob = {
  images: readonly LabelledImage[];
  cache: string;
  seed: number;
  say: (sentence: string) => void;
  warn: (sentence: string) => void;
  work: LongWork;
};

/**
 * Imports a backbone. Where neither the options nor the graph say how pixels are scaled, labelled images decide; where the
 * options say it, the same images are asked whether that can be right. Throws as `importBackbone` and `withScope` do.
 */
export async function prepareBackbone(
  backbone: OnnxBackbone,
  job: BackboneJob,
): Promise<{ network: Network; input: InputRule }> {
  const imported = await importBackbone(backbone.path, backbone);
  const crop = imported.inputSize;
  // The paper cuts 224 pixels out of 256.
  const input = { fit: backbone.fit, resize: backbone.resize ?? Math.round((crop * 256) / 224), crop };
  for (const note of imported.notes) job.say(note);
  // Nodes without a gradient are refused before anything takes long.
  withScope(imported, backbone.scope);
  const network = withScope(await withRightPixels(imported, input, job), backbone.scope);
  return { network, input };
}

type Finding = { preprocessing?: Preprocessing; note?: string; warning?: string };

async function withRightPixels(
  imported: ImportedBackbone,
  input: InputRule,
  job: BackboneJob,
): Promise<ImportedBackbone> {
  if (imported.preprocessingFrom === 'graph') return imported;
  const images = imagesToCheck(job.images, seededRandom(job.seed, 'preprocessing'));
  const asked = [
    fingerprint(imported.graph),
    imported.preprocessingFrom,
    input,
    images.map(({ path }) => path),
  ];
  const name = createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 16);
  const finding = await remembered(join(job.cache, `${name}.preprocessing.json`), () =>
    findOut(imported, images, input, job),
  );
  if (finding.note) job.say(finding.note);
  if (finding.warning) job.warn(finding.warning);
  return finding.preprocessing ? withPreprocessing(imported, finding.preprocessing) : imported;
}

async function findOut(
  imported: ImportedBackbone,
  images: LabelledImage[],
  input: InputRule,
  { cache, work }: BackboneJob,
): Promise<Finding> {
  const store = await openPixelStore(cache, images, { fit: input.fit, size: input.resize }, work);
  try {
    const classes = [...new Set(store.images.map(({ label }) => label))];
    const samples = pixelSamples(store, classNumbers(store.images, classes), input.crop, CROP_AND_FLIP);
    if (imported.preprocessingFrom === 'options') {
      const warning = await checkPreprocessing(imported, samples, work);
      return warning === undefined ? {} : { warning };
    }
    const { preprocessing, notes } = await choosePreprocessing(imported, samples, work);
    const note = notes.at(-1);
    return { preprocessing, ...(note !== undefined && { note }) };
  } finally {
    await store.close();
  }
}

/** What was found out before, else what `find` finds. */
async function remembered(path: string, find: () => Promise<Finding>): Promise<Finding> {
  const known = await readFile(path, 'utf8').catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as Finding;
  const found = await find();
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(found));
  await rename(`${path}.new`, path);
  return found;
}
