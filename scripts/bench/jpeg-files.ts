/**
 * JPEG files to index and to search with: photos of a folder of one's own, or drawn ones. As many as are asked for, no two
 * of which are the same image.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { SinterError } from '../../retrieval/errors.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { type Random, seededRandom } from '../../retrieval/random.ts';

/** Files that are drawn where there are no photos; further ones are copies of them. */
const ORIGINALS = 200;
const WIDTH = 341;
const HEIGHT = 256;
const QUALITY = 90;
const DISCS = 40;
/** Of the noise that every channel gets: it makes files as large as photos are. */
const NOISE = 8;

export type JpegSource = {
  /** Folder of JPEGs, searched to its depths; drawn by the seed where it is absent. */
  imagesFrom?: string | undefined;
  seed: number;
};

/** The originals. Throws `bad-data` for a folder without JPEGs. */
export async function readJpegs({ imagesFrom, seed }: JpegSource, most: number): Promise<Buffer[]> {
  if (imagesFrom === undefined) {
    const random = seededRandom(seed, 'photos');
    return inTurn(Math.min(most, ORIGINALS), () => drawPhoto(random));
  }
  const names = (await readdir(imagesFrom, { recursive: true }))
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort();
  if (names.length === 0)
    throw new SinterError('bad-data', `Expected JPEGs in ${imagesFrom}; there are none.`);
  const step = Math.max(1, names.length / most);
  const chosen = Array.from({ length: Math.min(most, names.length) }, (_, i) => names[Math.floor(i * step)]);
  return Promise.all(chosen.map((name) => readFile(join(imagesFrom, name as string))));
}

/** Writes files number `from` to `from + count` into `folder`: the originals in turn, each a little other than before. */
export async function writeCopies(
  originals: readonly Buffer[],
  { folder, from, count }: { folder: string; from: number; count: number },
  { signal }: LongWork = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let number = from; number < from + count; number++) {
    stopIfAborted(signal);
    const original = originals[number % originals.length] as Buffer;
    await writeFile(join(folder, `${number}.jpg`), altered(original, Math.floor(number / originals.length)));
  }
}

/**
 * A copy that decodes to slightly other pixels, so that its vector is another one: its low frequencies, from the first above
 * the mean, are multiplied by factors that differ from the original's in the binary digits of `number`.
 */
export function altered(jpeg: Buffer, number: number): Buffer {
  const copy = Buffer.from(jpeg);
  const table = startOfFactors(copy);
  for (let bit = 0; 2 ** bit <= number; bit++)
    if ((number >> bit) & 1) copy[table + 1 + bit] = Math.min(255, (copy[table + 1 + bit] as number) + 1);
  return copy;
}

/** Where the 64 factors of the first quantisation table lie, in zigzag order (ITU T.81, B.2.4.1). */
function startOfFactors(jpeg: Buffer): number {
  for (let at = 2; jpeg[at] === 0xff; at += 2 + jpeg.readUInt16BE(at + 2))
    if (jpeg[at + 1] === 0xdb && (jpeg[at + 4] as number) < 16) return at + 5;
  throw new SinterError('bad-data', 'Expected a JPEG with 8-bit quantisation tables before its scan.');
}

/** Discs on a gradient, with noise, of the size that photos of data sets have. */
async function drawPhoto(random: Random): Promise<Buffer> {
  const from = [random.integer(256), random.integer(256), random.integer(256)];
  const circles = Array.from({ length: DISCS }, () => circle(random));
  const discs = circles.join('');
  const sky = `<linearGradient id="g"><stop stop-color="rgb(${from})"/><stop offset="1" stop-color="#888"/></linearGradient>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${sky}<rect width="100%" height="100%" fill="url(#g)"/>${discs}</svg>`;
  const data = await sharp(Buffer.from(svg)).flatten().raw().toBuffer();
  const noisy = data.map((value) => Math.max(0, Math.min(255, value + NOISE * random.normal())));
  return sharp(noisy, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}

function circle(random: Random): string {
  const [x, y, radius] = [random.integer(WIDTH), random.integer(HEIGHT), 6 + random.integer(60)];
  const colour = [random.integer(256), random.integer(256), random.integer(256)];
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="rgb(${colour})"/>`;
}

async function inTurn<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  while (made.length < count) made.push(await make());
  return made;
}
