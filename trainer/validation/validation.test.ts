import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { figuresOf, judge, scoreOf, validationOf } from './validation.ts';

/** Vectors of any length on the unit circle, by angle in degrees. */
const ANGLES = [0, 10, 20, 90, 100, 5, 95, 60, 200, 205];
const LABELS = ['a', 'a', 'a', 'b', 'b', 'a', 'a', 'b', 'c', 'c'];
const PARTS = [
  'training',
  'training',
  'training',
  'training',
  'training',
  'closed',
  'closed',
  'closed',
  'open',
  'open',
] as const;

const images = LABELS.map((label, i) => ({ id: `${i}`, path: `/${i}`, label }));
const embed = async (numbers: number[]) =>
  Float32Array.from(
    numbers.flatMap((number) => {
      const radians = (ANGLES[number] * Math.PI) / 180;
      return [(number + 1) * Math.cos(radians), (number + 1) * Math.sin(radians)];
    }),
  );
const partOf = (image: { id: string }) => PARTS[Number(image.id)];

test('held-out images of known classes are searched among training images, those of others among each other', async () => {
  const validation = validationOf(images, partOf, seededRandom(1));
  expect(validation).toEqual({
    open: { queries: [8, 9] },
    closed: { queries: [5, 6, 7], references: [0, 1, 2, 3, 4] },
  });
  const judgement = await judge(validation, LABELS, embed);
  // 5° is next to 0° and 10°, both a; 95° next to b; 60° is 30° from 90°, which is b.
  const { open, closed } = judgement;
  expect([[...(open?.hits ?? [])], [...(closed?.hits ?? [])]]).toEqual([
    [1, 1],
    [1, 0, 1],
  ]);
  // 5° is followed by all three of a; 95° sees b, b and only then a; 60° sees b at 90° and then a at 20° before b at 100°.
  expect([...(closed?.precisions ?? [])]).toEqual([1, 1 / 9, 1 / 2]);
  const figures = figuresOf(judgement);
  expect(figures.open).toEqual({ recallAt1: 1, mapAtR: 1 });
  expect(figures.closed?.recallAt1).toBeCloseTo(2 / 3, 10);
  expect(scoreOf(figures)).toBeCloseTo((1 + 29 / 54) / 2, 10);
});

test('without held-out images nothing is judged and there is no score', async () => {
  const validation = validationOf(images.slice(0, 5), partOf, seededRandom(1));
  const judgement = await judge(validation, LABELS, () => Promise.reject(new Error('embedded for nothing')));
  expect([validation, judgement, scoreOf(figuresOf(judgement))]).toEqual([{}, {}, undefined]);
});
