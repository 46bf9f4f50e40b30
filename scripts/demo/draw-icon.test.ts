import sharp from 'sharp';
import { expect, test } from 'vitest';
import { iconToPng } from './draw-icon.ts';
import type { Icon } from './icon-set.ts';
import { icon } from './sets.test-helper.ts';

/** The colours in the middle of the four quarters: top left, top right, bottom left, bottom right. */
async function quarters(drawing: Icon): Promise<string[]> {
  const { data, info } = await sharp(await iconToPng(drawing, 64))
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 64, height: 64, channels: 3 });
  const at = (x: number, y: number) => data.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3).toString('hex');
  return [at(16, 16), at(48, 16), at(16, 48), at(48, 48)];
}

const WHITE = 'ffffff';
const RED = 'ff0000';
const TOP_LEFT = '<path fill="red" d="M0 0h16v16H0z"/>';

test('an icon is drawn on white', async () => {
  expect(await quarters(icon(TOP_LEFT))).toEqual([RED, WHITE, WHITE, WHITE]);
});

test('the current colour is black', async () => {
  const body = TOP_LEFT.replace('red', 'currentColor');
  expect(await quarters(icon(body))).toEqual(['000000', WHITE, WHITE, WHITE]);
});

test('an icon is flipped first and turned then', async () => {
  expect(await quarters(icon(TOP_LEFT, { hFlip: true }))).toEqual([WHITE, RED, WHITE, WHITE]);
  expect(await quarters(icon(TOP_LEFT, { vFlip: true }))).toEqual([WHITE, WHITE, RED, WHITE]);
  expect(await quarters(icon(TOP_LEFT, { quarterTurns: 1 }))).toEqual([WHITE, RED, WHITE, WHITE]);
  expect(await quarters(icon(TOP_LEFT, { hFlip: true, quarterTurns: 1 }))).toEqual([
    WHITE,
    WHITE,
    WHITE,
    RED,
  ]);
});

test('the box of an icon may lie anywhere', async () => {
  const body = '<path fill="red" d="M-8 4h16v16H-8z"/>';
  expect(await quarters(icon(body, { left: -8, top: 4 }))).toEqual([RED, WHITE, WHITE, WHITE]);
});

test('a box that is not square is centred whole, also when it is turned', async () => {
  const flat = icon('<path fill="red" d="M0 0h32v8H0z"/>', { height: 8 });
  expect(await quarters(flat)).toEqual([WHITE, WHITE, WHITE, WHITE]);
  const middle = async (drawing: Icon) => {
    const png = sharp(await iconToPng(drawing, 64));
    return (await png.extract({ left: 32, top: 4, width: 1, height: 1 }).raw().toBuffer()).toString('hex');
  };
  expect(await middle(flat)).toBe(WHITE);
  expect(await middle({ ...flat, quarterTurns: 1 })).toBe(RED);
});
