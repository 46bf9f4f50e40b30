import { expect, test } from 'vitest';
import { classMeans } from './class-means.ts';

test('class weights are the mean embeddings of their classes at unit length', () => {
  const embeddings = Float32Array.of(1, 0, 3, 0, 0, 5, 3, 4);
  const { dims, data } = classMeans(embeddings, Int32Array.of(0, 0, 1, 2), 3);
  expect(dims).toEqual([3, 2]);
  [1, 0, 0, 1, 0.6, 0.8].forEach((value, i) => {
    expect(data[i]).toBeCloseTo(value, 4);
  });
});

test('a class without images and a mean of zero give zeros, not NaN', () => {
  const { data } = classMeans(Float32Array.of(1, 1, -1, -1), Int32Array.of(1, 1), 2);
  expect([...data]).toEqual([0, 0, 0, 0]);
});
