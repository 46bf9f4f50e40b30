import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { fitInto, LEAST_SIDE, partOf } from './align.ts';
import { type Box, correlation, lookOf, mirrored, type Picture, SIDE, sumPixels, WHOLE } from './picture.ts';

/** Soft waves, other ones for every seed. */
function waves(seed: number): Picture {
  const random = seededRandom(seed);
  const all = Array.from({ length: 12 }, () =>
    [random.normal(), random.normal(), 6 * random.uniform(), random.integer(3)].map(Number),
  );
  return Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / (3 * SIDE))].map((at) => (7 * at) / SIDE);
    const value = all
      .filter(([, , , colour]) => colour === i % 3)
      .reduce((sum, [across, down, phase]) => sum + Math.sin(across * x + down * y + phase), 0);
    return 128 + 25 * value;
  });
}

test('the box is found again, from the whole picture on', () => {
  const whole = sumPixels(waves(1));
  const boxes: Box[] = [
    { left: 0.1, top: 0, right: 0.9, bottom: 0.85 },
    { left: 0.07, top: 0.12, right: 1, bottom: 0.96 },
    WHOLE,
  ];
  for (const box of boxes) {
    const fit = fitInto(whole, partOf(whole, box), WHOLE);
    expect(fit?.correlation).toBeGreaterThan(0.999);
    for (const side of ['left', 'top', 'right', 'bottom'] as const)
      expect(Math.abs((fit?.box[side] as number) - box[side])).toBeLessThan(0.02);
  }
});

test('another picture fits nowhere, and no box is smaller than half', () => {
  const part = partOf(sumPixels(waves(2)), WHOLE);
  expect(fitInto(sumPixels(waves(3)), part, WHOLE)).toBeUndefined();
  const whole = sumPixels(waves(1));
  const small = partOf(whole, { left: 0.3, top: 0.3, right: 0.6, bottom: 0.6 });
  const fit = fitInto(whole, small, { left: 0.2, top: 0.2, right: 0.7, bottom: 0.7 });
  if (fit) expect(fit.box.right - fit.box.left).toBeGreaterThanOrEqual(LEAST_SIDE - 1e-9);
});

test('a look is the mean of its cells, whatever the part: of a quarter at half the grid, the same pixels', () => {
  const picture = waves(4);
  const look = lookOf(sumPixels(picture), { left: 0, top: 0, right: 0.5, bottom: 0.5 }, SIDE / 2);
  const rows = Array.from({ length: SIDE / 2 }, (_, y) =>
    picture.slice(3 * SIDE * y, 3 * SIDE * y + (3 * SIDE) / 2),
  );
  const pixels = rows.flatMap((row) => [...row]);
  const means = [0, 1, 2].map((colour) => {
    const own = pixels.filter((_, i) => i % 3 === colour);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });
  const centred = pixels.map((value, i) => value - (means[i % 3] as number));
  const length = Math.hypot(...centred);
  centred.forEach((value, i) => {
    expect(look[i]).toBeCloseTo(value / length, 5);
  });
  expect(correlation(look, look)).toBeCloseTo(1, 5);
});

test('mirrored twice a picture is itself; one of a single colour looks like nothing', () => {
  const picture = waves(5);
  expect(mirrored(mirrored(picture))).toEqual(picture);
  expect(mirrored(picture).slice(0, 3)).toEqual(picture.slice(3 * (SIDE - 1), 3 * SIDE));
  const plain = sumPixels(new Uint8Array(3 * SIDE * SIDE).fill(90));
  expect(lookOf(plain, WHOLE, 8).every((value) => value === 0)).toBe(true);
});
