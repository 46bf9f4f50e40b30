/** From labelled images to what training counts with: class numbers, and the warnings a user should see before waiting. */
import type { DataSet, LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { SinterError } from '../../retrieval/errors.ts';

export type TrainingSet = {
  images: LabelledImage[];
  /** Class names in order of their number. */
  classes: string[];
  warnings: string[];
};

/** The splits that are trained on where a manifest names splits at all. */
const TRAINING_SPLIT = 'train';

/**
 * The images to train on: all of them or, where the set has splits, those of the split `train`.
 * @throws SinterError `bad-data` with fewer than two classes.
 */
export function trainingSet({ root, images, warnings }: DataSet): TrainingSet {
  const hasSplits = images.some(({ split }) => split !== undefined);
  const chosen = hasSplits ? images.filter(({ split }) => split === TRAINING_SPLIT) : images;
  const classes = [...new Set(chosen.map(({ label }) => label))].sort();
  if (classes.length < 2) {
    const where = hasSplits ? ` in its split "${TRAINING_SPLIT}"` : '';
    throw new SinterError(
      'bad-data',
      `Expected at least two classes to tell apart in ${root}; found ${classes.length}${where}.`,
    );
  }
  return { images: chosen, classes, warnings };
}

/** The class number of every image, int32 [images]. */
export function classNumbers(images: readonly LabelledImage[], classes: readonly string[]): Int32Array {
  const numbers = new Map(classes.map((name, number) => [name, number]));
  return Int32Array.from(images, ({ label }) => numbers.get(label) as number);
}
