import { expect, test } from 'vitest';
import { seededRandom } from '../../retrieval/random.ts';
import { type Augmentation, CROP_AND_FLIP, centreView, drawView } from './augment.ts';

const STILL: Augmentation = { ...CROP_AND_FLIP, flip: 0 };

function square(size: number, colour: (x: number, y: number) => number[]) {
  const pixels = Array.from({ length: size * size }, (_, i) => colour(i % size, Math.floor(i / size)));
  return { data: Uint8Array.from(pixels.flat()), size };
}

const blank = (size: number) => ({ data: new Uint8Array(size * size * 3), size });
const noise = (size: number) => {
  const random = seededRandom(5);
  return square(size, () => [random.integer(256), random.integer(256), random.integer(256)]);
};

test('without ranges a view is the image itself', () => {
  const [source, view] = [noise(9), blank(9)];
  drawView(source, view, STILL, seededRandom(1));
  expect(view.data).toEqual(source.data);
});

test('the centre view is what decoding with a crop gives', () => {
  const source = square(6, (x, y) => [x, y, 0]);
  const view = blank(3);
  centreView(source, view);
  expect([...view.data.subarray(0, 3)]).toEqual([1, 1, 0]);
  expect([...view.data.subarray(-3)]).toEqual([3, 3, 0]);
});

test('the resize margin allows every crop, each an exact cut', () => {
  const source = square(5, (x, y) => [x * 10, y * 10, 0]);
  const corners = new Set<string>();
  const random = seededRandom(2);
  for (let i = 0; i < 200; i++) {
    const view = blank(4);
    drawView(source, view, STILL, random);
    corners.add(`${view.data[0]},${view.data[1]}`);
  }
  expect([...corners].sort()).toEqual(['0,0', '0,10', '10,0', '10,10']);
});

test('mirroring turns left into right', () => {
  const source = square(4, (x) => [x * 50, 0, 0]);
  const view = blank(4);
  drawView(source, view, { ...STILL, flip: 1 }, seededRandom(1));
  expect([0, 3, 6, 9].map((at) => view.data[at])).toEqual([150, 100, 50, 0]);
});

test('zooming in shows less of the image, larger', () => {
  const disc = square(33, (x, y) => (Math.hypot(x - 16, y - 16) < 6 ? [0, 0, 0] : [255, 255, 255]));
  const dark = (data: Uint8Array) => data.filter((value) => value < 128).length;
  const view = blank(33);
  drawView(disc, view, { ...STILL, zoom: [2, 2] }, seededRandom(1));
  expect(dark(view.data) / dark(disc.data)).toBeGreaterThan(3.5);
  expect(dark(view.data) / dark(disc.data)).toBeLessThan(4.5);
});

test('turning by any angle keeps a centred disc where it is', () => {
  // Its edge rises over four pixels, so that resampling moves no level by much.
  const disc = square(33, (x, y) =>
    new Array(3).fill(Math.min(255, Math.max(0, (Math.hypot(x - 16, y - 16) - 8) * 64))),
  );
  const random = seededRandom(3);
  for (let i = 0; i < 10; i++) {
    const view = blank(33);
    drawView(disc, view, { ...STILL, rotation: 180 }, random);
    const differences = view.data.map((value, at) => Math.abs(value - disc.data[at]));
    expect(Math.max(...differences)).toBeLessThan(25);
  }
});

test('white stays white whatever happens to colours about white', () => {
  const white = square(4, () => [255, 255, 255]);
  const random = seededRandom(4);
  for (let i = 0; i < 20; i++) {
    const view = blank(4);
    drawView(
      white,
      view,
      { ...STILL, hue: 180, saturation: [0, 2], grey: 0.3, contrast: [0.5, 1], pivot: 255 },
      random,
    );
    expect(Math.min(...view.data)).toBeGreaterThanOrEqual(254);
  }
});

test('a third of a turn of the hue makes green or blue of red, and no colour makes grey', () => {
  const red = square(2, () => [240, 0, 0]);
  const random = seededRandom(6);
  const seen = new Set<number>();
  for (let i = 0; i < 40; i++) {
    const view = blank(2);
    drawView(red, view, { ...STILL, hue: 120 }, random);
    seen.add([...view.data.subarray(0, 3)].indexOf(Math.max(...view.data)));
  }
  expect(seen.size).toBe(3);
  const grey = blank(2);
  drawView(red, grey, { ...STILL, grey: 1 }, random);
  expect([...new Set(grey.data)]).toEqual([80]);
});

test('contrast leaves its pivot alone', () => {
  const levels = square(2, (x) => (x === 0 ? [200, 200, 200] : [100, 100, 100]));
  const view = blank(2);
  drawView(levels, view, { ...STILL, contrast: [2, 2], pivot: 100 }, seededRandom(1));
  expect([view.data[0], view.data[3]]).toEqual([255, 100]);
});
