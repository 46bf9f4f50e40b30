/** Divides labelled images by class: a model is trained on the first classes and tested on the others, which it has never seen. */
import { writeFile } from 'node:fs/promises';
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { readDataSet } from '../../retrieval/dataset/read-data-set.ts';
import { SinterError } from '../../retrieval/errors.ts';

/**
 * Writes a manifest of all images of the sets: the first `classes` classes, by name, numbers in order, get the split
 * `train`, the others `test`. Throws `bad-input` where that leaves fewer than two on either side.
 */
export async function writeOpenSplit(
  sets: readonly string[],
  classes: number,
  manifest: string,
): Promise<void> {
  const images: LabelledImage[] = [];
  for (const set of sets) images.push(...(await readDataSet(set)).images);
  const names = [...new Set(images.map(({ label }) => label))].sort(
    new Intl.Collator('en', { numeric: true }).compare,
  );
  if (classes < 2 || names.length - classes < 2)
    throw new SinterError(
      'bad-input',
      `Expected to train on 2 to ${names.length - 2} of ${names.length} classes, so that two are left for testing; got ${classes}.`,
    );
  const trained = new Set(names.slice(0, classes));
  const lines = images.map(({ path, label }) =>
    [path, label, trained.has(label) ? 'train' : 'test'].map(quoted).join(','),
  );
  await writeFile(manifest, `path,label,split\n${lines.join('\n')}\n`);
}

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
