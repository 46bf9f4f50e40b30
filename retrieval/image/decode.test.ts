import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Color } from 'sharp';
import { expect, test } from 'vitest';
import { type DecodeOptions, decodeImage } from './decode.ts';
import type { InputRule } from './pixels.ts';

const RULE: InputRule = { fit: 'squash', resize: 16, crop: 16 };
const RED = { r: 255, g: 0, b: 0 };
const solid = (background: Color, width = 40, height = 30) =>
  sharp({ create: { width, height, channels: 3, background } });

/** Left half red, right half blue. */
const twoHalves = (width = 40, height = 20) =>
  solid({ r: 0, g: 0, b: 255 }, width, height).composite([
    {
      input: { create: { width: width / 2, height, channels: 3, background: RED } },
      left: 0,
      top: 0,
    },
  ]);

const decode = async (bytes: Uint8Array, rule = RULE, options: DecodeOptions = {}) => {
  const pixels = await decodeImage(bytes, rule, options);
  expect(pixels.data.length).toBe(rule.crop * rule.crop * 3);
  expect([pixels.width, pixels.height]).toEqual([rule.crop, rule.crop]);
  return (x: number, y: number) => [
    ...pixels.data.subarray((y * rule.crop + x) * 3, (y * rule.crop + x) * 3 + 3),
  ];
};

const expectNear = (got: number[], want: number[], tolerance = 3) =>
  got.forEach((value, i) => {
    expect(Math.abs(value - (want[i] as number)), `${got} against ${want}`).toBeLessThanOrEqual(tolerance);
  });

test.each(['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const)('%s gives its colours', async (format) => {
  const at = await decode(await solid(RED).toFormat(format).toBuffer());
  expectNear(at(8, 8), [255, 0, 0]);
});

test('an image is turned upright as its EXIF orientation says', async () => {
  const turned = await twoHalves().png().withMetadata({ orientation: 6 }).toBuffer();
  const at = await decode(turned);
  expectNear(at(8, 1), [255, 0, 0]);
  expectNear(at(8, 14), [0, 0, 255]);
});

test('a crop is taken of the upright image, and then is the whole', async () => {
  const halves = await twoHalves().png().toBuffer();
  const left = await decode(halves, RULE, { crop: { x: 0, y: 0, width: 0.5, height: 1 } });
  for (const x of [0, 8, 15]) expectNear(left(x, 8), [255, 0, 0]);
  const right = await decode(halves, RULE, { crop: { x: 0.5, y: 0.2, width: 0.5, height: 0.1 } });
  for (const x of [0, 8, 15]) expectNear(right(x, 8), [0, 0, 255]);
  const turned = await twoHalves().png().withMetadata({ orientation: 6 }).toBuffer();
  const upper = await decode(turned, RULE, { crop: { x: 0, y: 0, width: 1, height: 0.5 } });
  for (const y of [0, 8, 15]) expectNear(upper(8, y), [255, 0, 0]);
});

test('a crop is at least a pixel, and ends where the image ends', async () => {
  const halves = await twoHalves().png().toBuffer();
  expectNear((await decode(halves, RULE, { crop: { x: 1, y: 1, width: 0, height: 0 } }))(8, 8), [0, 0, 255]);
  expectNear(
    (await decode(halves, RULE, { crop: { x: 0.6, y: 0, width: 9, height: 9 } }))(8, 8),
    [0, 0, 255],
  );
  const point = { x: 0.01, y: 0.99, width: 1e-9, height: 1e-9 };
  expectNear((await decode(halves, RULE, { crop: point }))(8, 8), [255, 0, 0]);
});

test('a crop of an image beyond the limit of pixels is refused as the whole would be', async () => {
  const options = { maxPixels: 100, crop: { x: 0, y: 0, width: 0.1, height: 0.1 } };
  await expect(decode(await twoHalves().png().toBuffer(), RULE, options)).rejects.toMatchObject({
    code: 'bad-image',
    message: expect.stringContaining('40 × 20'),
  });
});

test('transparent pixels become white, half transparent ones half white', async () => {
  const background = (alpha: number) => ({ ...RED, alpha });
  const image = (alpha: number) =>
    sharp({ create: { width: 20, height: 20, channels: 4, background: background(alpha) } })
      .png()
      .toBuffer();
  expectNear((await decode(await image(0)))(8, 8), [255, 255, 255]);
  expectNear((await decode(await image(0.5)))(8, 8), [255, 127, 127]);
});

test('grey, 16-bit, palette and CMYK images become three bytes a pixel', async () => {
  const grey = await solid({ r: 128, g: 128, b: 128 }).toColourspace('b-w').png().toBuffer();
  expectNear((await decode(grey))(8, 8), [128, 128, 128]);
  const deep = await solid({ r: 200, g: 100, b: 50 }).toColourspace('rgb16').png().toBuffer();
  expectNear((await decode(deep))(8, 8), [200, 100, 50]);
  const deepGrey = await solid({ r: 90, g: 90, b: 90 }).toColourspace('grey16').png().toBuffer();
  expectNear((await decode(deepGrey))(8, 8), [90, 90, 90]);
  const palette = await solid({ r: 200, g: 100, b: 50 }).png({ palette: true }).toBuffer();
  expectNear((await decode(palette))(8, 8), [200, 100, 50]);
  const cmyk = await solid({ r: 180, g: 150, b: 130 }).toColourspace('cmyk').jpeg().toBuffer();
  expectNear((await decode(cmyk))(8, 8), [180, 150, 130], 6);
});

test('an ICC profile is applied, not ignored', async () => {
  const p3 = await solid({ r: 200, g: 100, b: 50 }).withIccProfile('p3').png().toBuffer();
  const stored = await sharp(p3, { ignoreIcc: true }).raw().toBuffer();
  expect(Math.abs((stored[0] as number) - 200)).toBeGreaterThan(5);
  expectNear((await decode(p3))(8, 8), [200, 100, 50]);
});

test('only the first frame of an animation counts', async () => {
  const frames = await Promise.all(
    [RED, { r: 0, g: 255, b: 0 }].map((colour) => solid(colour).png().toBuffer()),
  );
  const gif = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
  expectNear((await decode(gif))(8, 8), [255, 0, 0]);
});

test('squash keeps both sides, cover cuts the long one, contain adds white', async () => {
  const wide = await twoHalves(80, 20).png().toBuffer();
  const squashed = await decode(wide, { fit: 'squash', resize: 16, crop: 16 });
  expectNear(squashed(0, 0), [255, 0, 0]);
  expectNear(squashed(15, 15), [0, 0, 255]);
  const contained = await decode(wide, { fit: 'contain', resize: 16, crop: 16 });
  expectNear(contained(8, 1), [255, 255, 255]);
  expectNear(contained(1, 8), [255, 0, 0]);
  const marked = await solid({ r: 0, g: 0, b: 255 }, 80, 20)
    .composite([
      { input: { create: { width: 20, height: 20, channels: 3, background: RED } }, left: 0, top: 0 },
    ])
    .png()
    .toBuffer();
  expectNear((await decode(marked, { fit: 'cover', resize: 16, crop: 16 }))(0, 8), [0, 0, 255]);
});

test('the crop is the centre', async () => {
  const framed = await solid(RED, 32, 32)
    .composite([
      { input: { create: { width: 16, height: 16, channels: 3, background: { r: 0, g: 0, b: 255 } } } },
    ])
    .png()
    .toBuffer();
  const at = await decode(framed, { fit: 'squash', resize: 32, crop: 16 });
  for (const [x, y] of [
    [0, 0],
    [15, 0],
    [0, 15],
    [15, 15],
  ] as const)
    expectNear(at(x, y), [0, 0, 255]);
});

test('bytes in no known format are not an image, and the message says what they are', async () => {
  const decoded = (bytes: Uint8Array) => decodeImage(bytes, RULE);
  await expect(decoded(Buffer.from('hello world'))).rejects.toMatchObject({
    code: 'not-an-image',
    message: expect.stringContaining('11 bytes that begin with 68656c6c'),
  });
  await expect(decoded(new Uint8Array())).rejects.toMatchObject({ code: 'not-an-image' });
  await expect(decoded(Buffer.from('%PDF-1.7'))).rejects.toThrow('got PDF');
});

test('SVG is refused unless it is asked for', async () => {
  const svg = Buffer.from(
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="red"/></svg>',
  );
  await expect(decodeImage(svg, RULE)).rejects.toMatchObject({ code: 'not-an-image' });
  const { data } = await decodeImage(svg, RULE, { allowSvg: true });
  expectNear([...data.subarray(0, 3)], [255, 0, 0]);
});

test.each(['png', 'jpeg', 'webp', 'gif', 'tiff'] as const)(
  'a truncated %s is a bad image',
  async (format) => {
    const whole = await sharp({
      create: {
        width: 200,
        height: 200,
        channels: 3,
        background: RED,
        noise: { type: 'gaussian', mean: 128, sigma: 30 },
      },
    })
      .toFormat(format)
      .toBuffer();
    const cut = whole.subarray(0, Math.floor(whole.length * 0.6));
    await expect(decodeImage(cut, RULE)).rejects.toMatchObject({ code: 'bad-image' });
  },
);

test('more pixels than the limit are refused by name', async () => {
  const image = await solid(RED, 100, 100).png().toBuffer();
  await expect(decodeImage(image, RULE, { maxPixels: 9_999 })).rejects.toMatchObject({
    code: 'bad-image',
    message: expect.stringContaining('at most 9999 pixels; this image has 100 × 100'),
  });
});

test('an image decodes to the same bytes alone and among many', async () => {
  const folder = new URL('../../../shared/data/cub50/images/', import.meta.url).pathname;
  const bird = existsSync(folder) ? firstImage(folder) : await twoHalves(300, 200).jpeg().toBuffer();
  const rule: InputRule = { fit: 'squash', resize: 256, crop: 224 };
  const alone = await decodeImage(bird, rule);
  const many = await Promise.all(Array.from({ length: 8 }, () => decodeImage(bird, rule)));
  for (const pixels of many) expect(Buffer.compare(pixels.data, alone.data)).toBe(0);
});

function firstImage(folder: string): Buffer {
  const species = join(folder, readdirSync(folder).sort()[0] as string);
  return readFileSync(join(species, readdirSync(species).sort()[0] as string));
}
