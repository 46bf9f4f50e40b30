import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LabelledImage } from '../dataset/labelled-image.ts';
import { seededRandom } from '../random.ts';
import { findLeaks } from './find-leaks.ts';

const SIZE = 96;
let folder: string;
let originals: LabelledImage[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinter-leaks-'));
  originals = await Promise.all(
    Array.from({ length: 6 }, async (_, i) => write(`original-${i}.png`, await drawing(i).png().toBuffer())),
  );
});
afterAll(() => rm(folder, { recursive: true }));

async function write(name: string, bytes: Uint8Array): Promise<LabelledImage> {
  await writeFile(join(folder, name), bytes);
  return { id: name, path: join(folder, name), label: 'any' };
}

/** A few soft discs on a ground, other ones for every seed: about as different as photos are. */
function drawing(seed: number) {
  const random = seededRandom(seed, 'drawing');
  const colour = () => `rgb(${[0, 0, 0].map(() => random.integer(256)).join(' ')})`;
  const discs = Array.from({ length: 7 }, () => {
    const [x, y, r] = [random.integer(SIZE), random.integer(SIZE), 8 + random.integer(24)];
    return `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour()}"/>`;
  });
  const ground = `<rect width="${SIZE}" height="${SIZE}" fill="${colour()}"/>`;
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}">${ground}${discs.join('')}</svg>`,
    ),
  );
}

test('copies are found byte for byte, resized and recompressed; others are left alone', async () => {
  const [first] = originals as [LabelledImage];
  const tested = [
    await write('copy.png', await drawing(0).png().toBuffer()),
    await write('small.png', await drawing(1).resize(60, 60).png().toBuffer()),
    await write('worse.jpg', await drawing(2).jpeg({ quality: 40 }).toBuffer()),
    await write('another.png', await drawing(77).png().toBuffer()),
    await write('broken.png', Buffer.from('not an image')),
  ];
  const report = await findLeaks(tested, originals);
  expect(report).toMatchObject({ tested: 4, trained: 6 });
  expect(report.leaks.map(({ test, training, kind }) => [test.id, training.id, kind])).toEqual([
    ['copy.png', 'original-0.png', 'same'],
    ['small.png', 'original-1.png', 'near'],
    ['worse.jpg', 'original-2.png', 'near'],
  ]);
  expect(report.leaks[0]).toMatchObject({ training: { path: first.path }, correlation: 1 });
});

test('mirrored copies are found, and parts of pictures on either side', async () => {
  const part = (seed: number, left: number, top: number) =>
    drawing(seed).extract({ left, top, width: 70, height: 66 });
  const tested = [
    await write('mirrored.png', await drawing(0).flop().png().toBuffer()),
    await write('part.jpg', await part(1, 20, 4).jpeg({ quality: 80 }).toBuffer()),
    await write('part mirrored.png', await part(2, 6, 25).flop().png().toBuffer()),
    await write('whole.png', await drawing(50).resize(80, 80).png().toBuffer()),
    await write('whole mirrored.png', await drawing(51).flop().png().toBuffer()),
    await write('half turned.png', await drawing(3).rotate(180).png().toBuffer()),
    await write('another again.png', await drawing(78).png().toBuffer()),
  ];
  const trained = [
    ...originals,
    await write('part of whole.png', await part(50, 10, 10).png().toBuffer()),
    await write('part of mirrored.png', await part(51, 3, 28).png().toBuffer()),
  ];
  const { leaks } = await findLeaks(tested, trained);
  expect(leaks.map(({ test, training, kind }) => [test.id, training.id, kind])).toEqual([
    ['mirrored.png', 'original-0.png', 'flipped'],
    ['part.jpg', 'original-1.png', 'cropped'],
    ['part mirrored.png', 'original-2.png', 'flipped and cropped'],
    ['whole.png', 'part of whole.png', 'cropped'],
    ['whole mirrored.png', 'part of mirrored.png', 'flipped and cropped'],
  ]);
  for (const { correlation } of leaks) expect(correlation).toBeGreaterThan(0.99);
});

test('a picture that is its own mirror image is near its copy, not flipped', async () => {
  const left = await drawing(5).extract({ left: 0, top: 0, width: 48, height: SIZE }).png().toBuffer();
  const right = await sharp(left).flop().png().toBuffer();
  const both = (name: string, quality: number) =>
    sharp(left)
      .extend({ right: 48 })
      .composite([{ input: right, left: 48, top: 0 }])
      .jpeg({ quality })
      .toBuffer()
      .then((bytes) => write(name, bytes));
  const { leaks } = await findLeaks([await both('symmetric.jpg', 90)], [await both('also.jpg', 70)]);
  expect(leaks).toMatchObject([{ kind: 'near' }]);
});

test('images of one colour are alike only byte for byte', async () => {
  const plain = (name: string, r: number) =>
    sharp({ create: { width: 20, height: 20, channels: 3, background: { r, g: 9, b: 9 } } })
      .png()
      .toBuffer()
      .then((bytes) => write(name, bytes));
  const [red, darker, same] = [
    await plain('a.png', 200),
    await plain('b.png', 90),
    await plain('c.png', 200),
  ];
  expect((await findLeaks([darker], [red])).leaks).toEqual([]);
  expect((await findLeaks([same], [red])).leaks).toMatchObject([{ kind: 'same' }]);
  expect((await findLeaks([same], [])).leaks).toEqual([]);
});
