import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { classBatches } from './class-batches.ts';

/** Class 0 has 40 images, class 1 two, class 2 one, classes 3 to 7 ten each. */
const COUNTS = [40, 2, 1, 10, 10, 10, 10, 10];
const LABELS = Int32Array.from(COUNTS.flatMap((count, label) => new Array(count).fill(label)));

const draw = (seed: number, batchSize = 12, imagesPerClass = 3) =>
  classBatches(LABELS, batchSize, imagesPerClass, seededRandom(seed));

/** The images of a batch by their class. */
function byClass(batch: number[]): Map<number, number[]> {
  const classes = new Map<number, number[]>();
  for (const image of batch) classes.set(LABELS[image], [...(classes.get(LABELS[image]) ?? []), image]);
  return classes;
}

test('every batch has as many images as asked for of as many different classes as fit', () => {
  for (const batch of draw(1)) {
    const sizes = [...byClass(batch).values()].map((images) => images.length);
    expect(sizes).toEqual([3, 3, 3, 3]);
  }
});

test('an epoch has as many batches as it takes to go through all images once', () => {
  expect(draw(1)).toHaveLength(Math.ceil(LABELS.length / 12));
  expect(classBatches([0, 1], 8, 4, seededRandom(1))).toHaveLength(1);
});

test('images repeat only in classes with too few, after all of the class are in', () => {
  const batches = Array.from({ length: 20 }, (_, seed) => draw(seed)).flat();
  const drawn = batches.flatMap((batch) => [...byClass(batch)]);
  for (const [label, images] of drawn)
    expect(new Set(images).size, `class ${label}`).toBe(Math.min(3, COUNTS[label]));
  expect(new Set(drawn.map(([label]) => label)).size).toBe(COUNTS.length);
});

test('a small class comes as often as a large one', () => {
  const batches = Array.from({ length: 200 }, (_, seed) => draw(seed)).flat();
  const often = COUNTS.map((_, label) => batches.filter((batch) => byClass(batch).has(label)).length);
  // Half of the classes are in a batch: binomial with a standard deviation of √(n/4).
  for (const count of often)
    expect(Math.abs(count - batches.length / 2)).toBeLessThan(4 * Math.sqrt(batches.length / 4));
});

test('the same seed gives the same batches, another others', () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(8)).not.toEqual(draw(7));
});

describe('a batch that cannot be filled is refused', () => {
  test('as no multiple of the images of a class', () => {
    expect(() => draw(1, 10, 4)).toThrow(
      'Expected a batch size that is a multiple of 4, the images of a class in a batch, got 10.',
    );
  });

  test('for lack of classes, with the largest that can', () => {
    expect(() => draw(1, 36, 4)).toThrow(
      'Batches of 36 with 4 images of a class need 9 classes, found 8: expected a batch size of at most 32.',
    );
  });

  test('classes that no image has are no classes', () => {
    expect(() => classBatches([0, 0, 5, 5], 6, 2, seededRandom(1))).toThrow('need 3 classes, found 2');
  });
});
