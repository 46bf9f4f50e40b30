/** A small run to report on: plain colours as images, vectors about a direction for each class. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { colourPng } from '../../retrieval/model/bundle.test-helper.ts';
import { seededRandom } from '../../retrieval/random.ts';
import type { Embeddings, ReportedImage } from '../../retrieval/report/judged.ts';
import { unitRows } from '../unit-rows.ts';
import type { Judged, RunReport } from './run-report.ts';

const DIM = 8;
const EPOCHS = 6;

/** Writes `perClass` images of each label into `folder`; a file's name is its label and number. */
export async function writeImages(
  folder: string,
  labels: readonly string[],
  perClass: number,
): Promise<ReportedImage[]> {
  await mkdir(folder, { recursive: true });
  const images = labels.flatMap((label, c) =>
    Array.from({ length: perClass }, (_, i) => ({
      label,
      c,
      path: join(folder, `${label}${i}.png`.replaceAll('/', ':')),
    })),
  );
  for (const { path, c } of images) await writeFile(path, await colourPng(40 * c, 200 - 30 * c, 90, 40));
  return images.map(({ path, label }) => ({ path, label }));
}

/** Unit vectors about a direction of each label; the more noise, the more they mix. */
export function embeddingsOf(images: readonly ReportedImage[], noise: number): Embeddings {
  const random = seededRandom(5);
  const labels = [...new Set(images.map(({ label }) => label))];
  const centres = labels.map(() => Array.from({ length: DIM }, random.normal));
  const rows = images.flatMap(({ label }) =>
    centres[labels.indexOf(label)].map((value) => value + noise * random.normal()),
  );
  return { dim: DIM, vectors: unitRows(Float32Array.from(rows), DIM) };
}

/** The open protocol over all images. */
export function openProtocol(images: readonly ReportedImage[], noise = 0.8): Judged {
  const queries = [...images.keys()];
  return {
    protocol: 'open',
    images,
    queries,
    ...embeddingsOf(images, noise),
    untrained: embeddingsOf(images, 1.2),
  };
}

/** The closed protocol: every second image is searched. */
export function closedProtocol(images: readonly ReportedImage[]): Judged {
  const numbers = [...images.keys()];
  const queries = numbers.filter((i) => i % 2 === 0);
  const references = numbers.filter((i) => i % 2 === 1);
  return { protocol: 'closed', images, queries, references, ...embeddingsOf(images, 0.8) };
}

export function runReport(judged: Judged[], changes: Partial<RunReport> = {}): RunReport {
  const history = Array.from({ length: EPOCHS + 1 }, (_, epoch) => ({
    epoch,
    ...(epoch > 0 && { loss: 3 / epoch }),
    alpha: epoch > 4 ? 4 : 16,
    learningRate: epoch > 4 ? 0.001 : 0.01,
    seconds: 1,
    validation: { open: { recallAt1: 0.5 + 0.05 * epoch, mapAtR: 0.3 } },
  }));
  return {
    title: 'plain colours',
    facts: [['Variant', 'hln']],
    sentences: ['It is better.'],
    warnings: [],
    history,
    keptEpoch: 5,
    heatUpEpoch: 4,
    judged,
    ...changes,
  };
}
