import { expect, test } from 'vitest';
import type { LabelledImage } from '../dataset/labelled-image.ts';
import { auditedImages } from './audited-images.ts';

/** Images from words such as `train:pear`, of which the split may be left out. */
function set(...words: string[]): LabelledImage[] {
  return words.map((word, i) => {
    const [label = '', split] = word.split(':').reverse();
    return { id: `${i}`, path: `/${i}`, label, ...(split && { split }) };
  });
}

test('a set without splits, or without a test split, is judged as a whole', () => {
  const plain = set('pear', 'pear', 'fig');
  expect(auditedImages(plain)).toEqual({ images: plain });
  const folds = set('fold-1:pear', 'fold-2:pear');
  expect(auditedImages(folds)).toEqual({ images: folds });
});

test('test images of classes that are not trained on are searched among each other', () => {
  const images = set('train:pear', 'test:fig', 'test:fig', 'val:fig');
  expect(auditedImages(images)).toEqual({ images: images.slice(1, 3) });
});

test('test images of trained classes are searched among the training images', () => {
  const images = set('train:pear', 'test:pear', 'train:fig', 'test:fig', 'val:fig');
  expect(auditedImages(images)).toEqual({
    queries: [images[1], images[3]],
    references: [images[0], images[2]],
  });
});

test('one class that is not trained on makes the test open', () => {
  const images = set('train:pear', 'test:pear', 'test:fig', 'test:fig');
  expect(auditedImages(images)).toEqual({ images: images.slice(1) });
});

test('queries are searched in the gallery', () => {
  const images = set('train:pear', 'query:fig', 'gallery:fig', 'gallery:plum');
  expect(auditedImages(images)).toEqual({ queries: [images[1]], references: images.slice(2) });
});
