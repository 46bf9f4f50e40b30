import { expect, test } from 'vitest';
import type { LabelledImage } from '../../retrieval/dataset/labelled-image.ts';
import { seededRandom } from '../../retrieval/random.ts';
import { divideByClass, holdOut } from './hold-out.ts';

const imagesOf = (classes: number, perClass: number): LabelledImage[] =>
  Array.from({ length: classes * perClass }, (_, i) => {
    const label = `class ${Math.floor(i / perClass)}`;
    return { id: `${label}/${i % perClass}`, path: `/set/${label}/${i % perClass}`, label };
  });
const labelsOf = (images: LabelledImage[]) => new Set(images.map(({ label }) => label));

test('whole classes are held out, and images of every class that stays', () => {
  const { training, open, closed } = holdOut(
    imagesOf(20, 10),
    { classes: 0.2, images: 0.1 },
    seededRandom(1),
  );
  expect([labelsOf(training).size, labelsOf(open).size, labelsOf(closed).size]).toEqual([16, 4, 16]);
  expect([training.length, open.length, closed.length]).toEqual([16 * 9, 4 * 10, 16]);
  expect([...labelsOf(training)].filter((label) => labelsOf(open).has(label))).toEqual([]);
});

test('the division is the same in whatever order the images come, and another with another seed', () => {
  const images = imagesOf(20, 10);
  const shares = { classes: 0.2, images: 0.1 };
  const idsOf = (list: LabelledImage[], seed: number) => {
    const { open, closed } = holdOut(list, shares, seededRandom(seed));
    return [open, closed].map((part) => part.map(({ id }) => id).sort());
  };
  expect(idsOf([...images].reverse(), 1)).toEqual(idsOf(images, 1));
  expect(idsOf(images, 2)).not.toEqual(idsOf(images, 1));
});

test('small sets keep their classes, small classes their images', () => {
  const few = holdOut(imagesOf(5, 8), { classes: 0.2, images: 0.1 }, seededRandom(1));
  expect([few.open.length, few.closed.length]).toEqual([0, 5]);
  const small = holdOut(imagesOf(12, 3), { classes: 0.1, images: 0.1 }, seededRandom(1));
  expect([labelsOf(small.open).size, small.closed.length]).toEqual([2, 0]);
  const none = holdOut(imagesOf(12, 8), { classes: 0, images: 0 }, seededRandom(1));
  expect(none.training).toHaveLength(96);
});

test('a class of a single image is never held out, since nothing could match it', () => {
  const images = [...imagesOf(2, 5), ...imagesOf(30, 1).slice(2)];
  const { open } = holdOut(images, { classes: 0.5, images: 0 }, seededRandom(1));
  expect(open).toEqual([]);
});

test('of a validation split, known classes make the closed protocol and the others the open one', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((label) => ({ id: label, path: label, label })) as LabelledImage[];
  expect(divideByClass([a, b], [{ ...a, id: 'a2' }, c])).toEqual({
    training: [a, b],
    closed: [{ ...a, id: 'a2' }],
    open: [c],
  });
});
