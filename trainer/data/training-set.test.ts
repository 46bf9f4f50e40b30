import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { epochBatches } from './epoch.ts';
import { classNumbers, trainingSet } from './training-set.ts';

const image = (label: string, split?: string) => ({
  id: label,
  path: `/${label}`,
  label,
  ...(split && { split }),
});

test('classes are numbered in alphabetical order', () => {
  const { training, classes } = trainingSet({
    root: '/',
    images: ['b', 'a', 'b', 'c'].map((l) => image(l)),
    warnings: ['w'],
  });
  expect(classes).toEqual(['a', 'b', 'c']);
  expect([...classNumbers(training, classes)]).toEqual([1, 0, 1, 2]);
});

test('of a set with splits only the split "train" is trained on', () => {
  const images = [image('a', 'train'), image('b', 'train'), image('c', 'test')];
  expect(trainingSet({ root: '/', images, warnings: [] }).classes).toEqual(['a', 'b']);
});

test('the split "val" is what training is judged on, and nothing more is held out', () => {
  const images = [image('a', 'train'), image('b', 'train'), image('a', 'val'), image('c', 'val')];
  const set = trainingSet({ root: '/', images, warnings: [] }, { classes: 0.5, images: 0.5 });
  expect(set).toMatchObject({
    training: [images[0], images[1]],
    closed: [images[2]],
    open: [images[3]],
    classes: ['a', 'b'],
  });
  expect([...classNumbers(set.open, set.classes)]).toEqual([-1]);
});

test('a single class is refused with what was found and where', () => {
  const images = [image('a', 'train'), image('b', 'test')];
  const attempt = () => trainingSet({ root: '/photos', images, warnings: [] });
  expect(attempt).toThrow(
    'Expected at least two classes to tell apart in /photos; found 1 in its split "train".',
  );
});

test('an epoch visits every sample, in batches of one size filled up from its beginning', () => {
  const batches = epochBatches(10, 4, seededRandom(1));
  expect(batches.map((batch) => batch.length)).toEqual([4, 4, 4]);
  expect(new Set(batches.flat()).size).toBe(10);
  expect(batches[2].slice(2)).toEqual(batches[0].slice(0, 2));
});

test('a set smaller than a batch is repeated until the batch is full', () => {
  expect(epochBatches(3, 8, seededRandom(1))[0]).toHaveLength(8);
});
