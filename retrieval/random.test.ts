import { expect, test } from 'vitest';
import { seededRandom, shuffled, shuffledNumbers } from './random.ts';

test('the same seed and path give the same numbers, another seed or path others', () => {
  const draw = (...args: Parameters<typeof seededRandom>) => {
    const random = seededRandom(...args);
    return [random.uniform(), random.normal(), random.integer(1000)];
  };
  expect(draw(1, 'epoch', 2)).toEqual(draw(1, 'epoch', 2));
  expect(draw(1, 'epoch', 2)).not.toEqual(draw(2, 'epoch', 2));
  expect(draw(1, 'epoch', 2)).not.toEqual(draw(1, 'epoch', 3));
});

test('uniform numbers fill [0, 1) evenly and normal ones have mean 0 and variance 1', () => {
  const random = seededRandom(7);
  const bins = new Array(10).fill(0);
  const normals: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    bins[Math.floor(random.uniform() * 10)]++;
    normals.push(random.normal());
  }
  for (const count of bins) expect(Math.abs(count - 2000)).toBeLessThan(200);
  const mean = normals.reduce((a, b) => a + b) / normals.length;
  const variance = normals.reduce((sum, x) => sum + (x - mean) ** 2, 0) / normals.length;
  expect(Math.abs(mean)).toBeLessThan(0.03);
  expect(Math.abs(variance - 1)).toBeLessThan(0.05);
});

test('a shuffle keeps every item and leaves its input alone', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  const result = shuffled(items, seededRandom(3));
  expect(result).not.toEqual(items);
  expect([...result].sort((a, b) => a - b)).toEqual(items);
  expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('numbers are drawn each once, evenly, and the first are the same however many', () => {
  const all = [...shuffledNumbers(50, seededRandom(1))];
  expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  const numbers = shuffledNumbers(50, seededRandom(1));
  expect(Array.from({ length: 7 }, () => numbers.next().value)).toEqual(all.slice(0, 7));
  const firsts = Array.from(
    { length: 6000 },
    (_, seed) => shuffledNumbers(6, seededRandom(seed)).next().value,
  );
  for (let value = 0; value < 6; value++) {
    expect(firsts.filter((first) => first === value).length).toBeGreaterThan(850);
  }
});
