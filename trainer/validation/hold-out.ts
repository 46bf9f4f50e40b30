/**
 * Which of the training images training does not see, so that every choice (when to heat up, when to stop, which epoch to
 * keep) is made on them and never on a test set. Whole classes are held out as well as images of the others, since a model
 * can get better at the classes it knows and worse at those it does not.
 */
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { type Random, shuffled } from '../../retrieval/random.ts';

/** Shares from 0 up to but not 1; 0 holds nothing out. */
export type HoldOut = {
  /** Of the classes. */
  classes: number;
  /** Of the images of every class that stays. */
  images: number;
};

export type Division = {
  training: LabelledImage[];
  /** Images of classes that are held out whole: the open protocol, all against all. */
  open: LabelledImage[];
  /** Held-out images of training classes: the closed protocol, searched among training images. */
  closed: LabelledImage[];
};

/** Fewer classes than this are all needed for training. */
const FEWEST_CLASSES = 10;
/** A class with fewer images than this gives none away. */
const FEWEST_IMAGES = 4;

/**
 * Divides the images of a training set. What is held out depends on the images' ids and the seed only, not on their order.
 * At least two classes are held out where any are, since one class alone cannot be confused with another.
 */
export function holdOut(images: readonly LabelledImage[], shares: HoldOut, random: Random): Division {
  const byClass = groupByClass(images);
  const outside = new Set(classesOutside(byClass, shares.classes, random));
  const division: Division = { training: [], open: [], closed: [] };
  const closed = new Set<LabelledImage>();
  for (const label of [...byClass.keys()].sort()) {
    if (outside.has(label)) continue;
    const ofClass = byClass.get(label) as LabelledImage[];
    const count =
      ofClass.length < FEWEST_IMAGES || shares.images === 0
        ? 0
        : Math.max(1, Math.round(ofClass.length * shares.images));
    for (const image of shuffled(ofClass, random).slice(0, count)) closed.add(image);
  }
  for (const image of images) {
    const part = outside.has(image.label) ? 'open' : closed.has(image) ? 'closed' : 'training';
    division[part].push(image);
  }
  return division;
}

/** The division that a data set brings along: of the images set aside for validation, those of training classes and the others. */
export function divideByClass(training: LabelledImage[], aside: readonly LabelledImage[]): Division {
  const known = new Set(training.map(({ label }) => label));
  const isKnown = ({ label }: LabelledImage) => known.has(label);
  return { training, open: aside.filter((image) => !isKnown(image)), closed: aside.filter(isKnown) };
}

/** Only classes with a pair of images can be judged, and so be held out. */
function classesOutside(byClass: Map<string, LabelledImage[]>, share: number, random: Random): string[] {
  if (share === 0 || byClass.size < FEWEST_CLASSES) return [];
  const candidates = [...byClass.keys()].filter((label) => (byClass.get(label)?.length ?? 0) > 1).sort();
  const count = Math.max(2, Math.round(byClass.size * share));
  return candidates.length < count ? [] : shuffled(candidates, random).slice(0, count);
}

function groupByClass(images: readonly LabelledImage[]): Map<string, LabelledImage[]> {
  const groups = new Map<string, LabelledImage[]>();
  for (const image of [...images].sort((a, b) => (a.id < b.id ? -1 : 1)))
    groups.set(image.label, [...(groups.get(image.label) ?? []), image]);
  return groups;
}
