/** The bench `duplicates`: which of planted copies, by kind, are found as near duplicates of their originals, and what else is. */
import { readFile } from 'node:fs/promises';
import { type DuplicateGroup, nearDuplicates } from '../../retrieval/cluster/duplicates.ts';
import { readImageSet } from '../../retrieval/dataset/read-data-set.ts';
import { sharedProducts } from '../../retrieval/matrix/shared-products.ts';
import type { Model } from '../../retrieval/model/model.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { type Random, seededRandom, shuffled } from '../../retrieval/random.ts';
import { openBundle } from '../open-parts.ts';
import type { Finding } from './finding.ts';
import { copyOf } from './planted-copies.ts';

export type DuplicatesBench = {
  data: string;
  model: string;
  originals: number;
  copied: number;
  seed: number;
};

const KINDS = ['resized', 'recompressed', 'cropped', 'flipped'] as const;
type Kind = (typeof KINDS)[number];

const THRESHOLDS = [0.7, 0.8, 0.85, 0.9, 0.95];

/** An embedded image: the original that it is or was made of, and how it was made. */
type Planted = { original: number; kind?: Kind; vector: Float32Array };

export async function duplicatesBench(
  { data, model: folder, originals, copied, seed }: DuplicatesBench,
  work: LongWork = {},
): Promise<Finding> {
  const random = seededRandom(seed, 'duplicates');
  const { images } = await readImageSet(data);
  const chosen = shuffled(images, random).slice(0, originals);
  const model = await openBundle(folder);
  try {
    const planted = await plant(
      model,
      chosen.map(({ path }) => path),
      copied,
      random,
      work,
    );
    const dim = model.card.dim;
    const vectors = Float32Array.from(planted.flatMap(({ vector }) => [...vector]));
    const figures: Finding['figures'] = {
      model: model.card.name,
      originals: chosen.length,
      'copies of each kind': Math.min(copied, chosen.length),
    };
    for (const threshold of THRESHOLDS) {
      const groups = await nearDuplicates({ vectors, dim }, { threshold }, await sharedProducts());
      Object.assign(figures, figuresAt(threshold, planted, groups));
    }
    return { bench: 'duplicates', peer: 'the planted copies', ratio: null, claims: [], figures };
  } finally {
    await model.close();
  }
}

async function plant(
  model: Model,
  paths: string[],
  copied: number,
  random: Random,
  { onProgress, signal }: LongWork,
): Promise<Planted[]> {
  const planted: Planted[] = [];
  for (const [original, path] of paths.entries()) {
    stopIfAborted(signal);
    const bytes = await readFile(path);
    planted.push({ original, vector: (await model.embedImage(bytes)).vector });
    for (const kind of original < copied ? KINDS : []) {
      const copy = await copyOf(bytes, kind, random);
      planted.push({ original, kind, vector: (await model.embedImage(copy)).vector });
    }
    onProgress?.({ stage: 'embedding', done: original + 1, total: paths.length });
  }
  return planted;
}

/**
 * Recall of a kind: the share of its copies in one group with their original. Precision of a kind: of all that is in one
 * group with its copies, the share made of the same original. Precision of originals: pairs of different ones are wrong.
 */
function figuresAt(threshold: number, planted: Planted[], groups: DuplicateGroup[]): Finding['figures'] {
  const groupOf = new Map(groups.flatMap(({ rows }) => rows.map((row) => [row, rows] as const)));
  const figures: Finding['figures'] = {};
  for (const kind of KINDS) {
    const rows = [...planted.keys()].filter((row) => planted[row].kind === kind);
    const beside = rows.map((row) => (groupOf.get(row) ?? []).filter((other) => other !== row));
    const isSame = (i: number, other: number) => planted[other].original === planted[rows[i]].original;
    const found = beside.filter((others, i) =>
      others.some((other) => isSame(i, other) && planted[other].kind === undefined),
    );
    const all = beside.flatMap((others, i) => others.map((other) => isSame(i, other)));
    const precision = all.length === 0 ? 1 : all.filter(Boolean).length / all.length;
    figures[`${kind}, from ${threshold} on`] =
      `recall ${(found.length / rows.length).toFixed(3)}, precision ${precision.toFixed(3)}`;
  }
  const wrong = groups.filter(({ rows }) => new Set(rows.map((row) => planted[row].original)).size > 1);
  figures[`groups with different originals, from ${threshold} on`] = `${wrong.length} of ${groups.length}`;
  return figures;
}
