/**
 * JPEG files to index and to search with: photos of a folder of one's own, or drawn ones. As many as are asked for, each
 * with other bytes than the others, so that none is known by its content.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { SinterError } from '../../retrieval/errors.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import { type Random, seededRandom } from '../../retrieval/random.ts';

/** Files that are read or drawn; further ones are copies of them. */
const ORIGINALS = 500;
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
export async function readJpegs({ imagesFrom, seed }: JpegSource, most = ORIGINALS): Promise<Buffer[]> {
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

/** Writes files number `from` to `from + count` into `folder`: the originals in turn, each with its number in a comment. */
export async function writeCopies(
  originals: readonly Buffer[],
  { folder, from, count }: { folder: string; from: number; count: number },
  { signal }: LongWork = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let number = from; number < from + count; number++) {
    stopIfAborted(signal);
    const original = originals[number % originals.length] as Buffer;
    await writeFile(join(folder, `${number}.jpg`), withComment(original, String(number)));
  }
}

/** A comment segment after the start of the image changes the file and not what it decodes to. */
function withComment(jpeg: Buffer, comment: string): Buffer {
  const segment = Buffer.alloc(4 + comment.length);
  segment.writeUInt16BE(0xfffe, 0);
  segment.writeUInt16BE(2 + comment.length, 2);
  segment.write(comment, 4, 'latin1');
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
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
