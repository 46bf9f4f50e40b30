import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { mapPicture, placeMap, withoutEmptyBands } from './map-picture.ts';

const random = seededRandom(2);
const COUNT = 500;
const flat = {
  images: Array.from({ length: COUNT }, (_, i) => i + 1000),
  points: Float64Array.from({ length: 2 * COUNT }, (_, i) => random.normal() * (i % 2 ? 1 : 2) + 40),
};

test('all images lie within the picture, thumbnails apart from each other', () => {
  const { width, height, centres, shown } = placeMap(flat, seededRandom(1));
  for (const [x, y] of centres) {
    expect(Math.abs(x - width / 2)).toBeLessThanOrEqual(width / 2 - 15);
    expect(Math.abs(y - height / 2)).toBeLessThanOrEqual(height / 2 - 15);
  }
  expect(shown.size).toBeGreaterThan(50);
  for (const i of shown)
    for (const j of shown) {
      const gap = Math.max(Math.abs(centres[i][0] - centres[j][0]), Math.abs(centres[i][1] - centres[j][1]));
      if (i !== j) expect(gap).toBeGreaterThanOrEqual(27);
    }
});

test('empty bands are closed, and the order and the near distances stay', () => {
  expect(withoutEmptyBands([100, 0, 1, 98])).toEqual([7, 0, 1, 5]);
  expect(withoutEmptyBands([3, 3])).toEqual([3, 3]);
});

test('every image is a thumbnail or a dot, and one without a thumbnail a dot', () => {
  const placed = placeMap(flat, seededRandom(1));
  const labels = flat.images.map((image) => `class ${image % 12}`);
  const thumbnails = new Map([...placed.shown].slice(5).map((i) => [flat.images[i], 'data:,']));
  const { markup } = mapPicture(flat, placed, labels, thumbnails);
  const count = (tag: string) => markup.split(`<${tag} `).length - 1;
  expect(count('image')).toBe(placed.shown.size - 5);
  expect(count('circle')).toBe(COUNT - count('image'));
});

test('classes are named beside the map only where their colours can be told apart', () => {
  const placed = placeMap(flat, seededRandom(1));
  const picture = (classes: number) =>
    mapPicture(
      flat,
      placed,
      flat.images.map((image) => `class ${image % classes}`),
      new Map(),
    ).markup;
  expect(picture(10)).toContain('<ul class="legend">');
  expect(picture(11)).not.toContain('legend');
});
