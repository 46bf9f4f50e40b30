/** From labelled images to what training counts with: class numbers, and the warnings a user should see before waiting. */
import type { DataSet, LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { SinterError } from '../../retrieval/errors.ts';
import { type Random, seededRandom } from '../../retrieval/random.ts';
import { type Division, divideByClass, type HoldOut, holdOut } from '../validation/hold-out.ts';

export type TrainingSet = Division & {
  /** Names of the classes that are trained on, in order of their number. */
  classes: string[];
  warnings: string[];
};

/** The splits that are trained on, and that training is judged on, where a set names splits at all. */
const TRAINING_SPLIT = 'train';
const VALIDATION_SPLIT = 'val';

/**
 * The images to train on, all of them or, where the set has splits, those of the split `train`, less what is held out of
 * them; a set's own split `val` takes the place of holding out.
 * @throws SinterError `bad-data` with fewer than two classes.
 */
export function trainingSet(
  { root, images, warnings }: DataSet,
  shares: HoldOut = { classes: 0, images: 0 },
  random: Random = seededRandom(0),
): TrainingSet {
  const hasSplits = images.some(({ split }) => split !== undefined);
  const ofSplit = (wanted: string) => images.filter(({ split }) => split === wanted);
  const aside = ofSplit(VALIDATION_SPLIT);
  const chosen = hasSplits ? ofSplit(TRAINING_SPLIT) : images;
  const division = aside.length > 0 ? divideByClass(chosen, aside) : holdOut(chosen, shares, random);
  const classes = [...new Set(division.training.map(({ label }) => label))].sort();
  if (classes.length < 2) {
    const where = hasSplits ? ` in its split "${TRAINING_SPLIT}"` : '';
    throw new SinterError(
      'bad-data',
      `Expected at least two classes to tell apart in ${root}; found ${classes.length}${where}.`,
    );
  }
  return { ...division, classes, warnings };
}

/** The class number of every image, int32 [images]; −1 of images of other classes. */
export function classNumbers(images: readonly LabelledImage[], classes: readonly string[]): Int32Array {
  const numbers = new Map(classes.map((name, number) => [name, number]));
  return Int32Array.from(images, ({ label }) => numbers.get(label) ?? -1);
}
