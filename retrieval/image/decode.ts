/**
 * Image bytes → a model's input: the one place that decodes, so that training, indexing, searching and auditing see
 * the same pixels. Knows nothing of models, files or requests.
 */
import { setFlagsFromString } from 'node:v8';
import sharp, { type Sharp } from 'sharp';
import { SinterError } from '../errors.ts';
import { requireReadableFormat } from './format.ts';
import type { Crop, InputRule, Pixels } from './pixels.ts';

export type DecodeLimits = {
  /** Most pixels (width × height) an image may have; default 100 million. */
  maxPixels?: number;
  /** Draw SVG too, for files from a trusted source; default false. */
  allowSvg?: boolean;
};

export type DecodeOptions = DecodeLimits & {
  /** The part of the image that is taken for the whole; of one that reaches beyond the edge, what lies inside. */
  crop?: Crop | undefined;
};

const DEFAULT_MAX_PIXELS = 100_000_000;
const WHITE = { r: 255, g: 255, b: 255 };

/** A triangle filter as wide as the reduction demands: what backbones were trained with, and the fastest. */
const KERNEL = 'linear';

/** The input rule's words in sharp's. */
const FIT = { squash: 'fill', cover: 'cover', contain: 'contain' } as const;

// One thread an image, four images at once in libuv's pool: 1,008 photos of 256 px a second on two cores, against 944
// with two threads an image. No image is decoded twice in a row, so libvips' cache would only hold memory.
sharp.concurrency(1);
sharp.cache(false);

// Pixels lie outside V8's heap, but it counts them as part of it, and it lets a heap that is small grow by little from one
// full collection to the next: one after every 70 images, some 3% of the processor time. Four times what is left is the most
// that V8 lets a heap grow when it decides for itself (its kMaxGrowingFactor).
setFlagsFromString('--heap-growing-percent=300');

/**
 * Decodes an image into [crop, crop, 3]: upright (EXIF), sRGB (from CMYK, 16 bit, grey or an ICC profile too),
 * transparency on white, the first frame or page only, resized and cut by the rule.
 * Throws `not-an-image` for an unknown or refused format, `bad-image` for a truncated, damaged or too large one.
 */
export async function decodeImage(
  bytes: Uint8Array,
  rule: InputRule,
  { maxPixels = DEFAULT_MAX_PIXELS, allowSvg = false, crop }: DecodeOptions = {},
): Promise<Pixels> {
  requireReadableFormat(bytes, allowSvg);
  const image = sharp(bytes, { autoOrient: true, limitInputPixels: maxPixels, failOn: 'warning' });
  try {
    const part = crop ? image.extract(await boxOf(image, crop)) : image;
    const { data, info } = await fitted(part, rule).raw().toBuffer({ resolveWithObject: true });
    return checked({ data, width: info.width, height: info.height }, rule);
  } catch (error) {
    throw await badImage(error, bytes, maxPixels);
  }
}

/** In whole pixels, at least one, by what the header says of the image's size. */
async function boxOf(image: Sharp, { x, y, width, height }: Crop) {
  const { autoOrient: upright } = await image.metadata();
  const span = (from: number, length: number, size: number) => {
    const start = Math.min(Math.floor(from * size), size - 1);
    return [start, Math.max(1, Math.min(Math.round((from + length) * size), size) - start)] as const;
  };
  const [left, columns] = span(x, width, upright.width);
  const [top, rows] = span(y, height, upright.height);
  return { left, top, width: columns, height: rows };
}

function fitted(image: Sharp, { fit, resize, crop }: InputRule): Sharp {
  const margin = Math.floor((resize - crop) / 2);
  return image
    .flatten({ background: WHITE })
    .resize(resize, resize, { fit: FIT[fit], kernel: KERNEL, background: WHITE, position: 'centre' })
    .extract({ left: margin, top: margin, width: crop, height: crop })
    .toColourspace('srgb');
}

function checked(pixels: Pixels, { crop }: InputRule): Pixels {
  if (pixels.data.length === crop * crop * 3) return pixels;
  const got = `${pixels.data.length} bytes for ${pixels.width} × ${pixels.height}`;
  throw new Error(`expected ${crop} × ${crop} × 3 bytes of pixels, got ${got}. This is a bug.`);
}

async function badImage(error: unknown, bytes: Uint8Array, maxPixels: number): Promise<SinterError> {
  const reason = reasonOf(error);
  const message = /pixel limit/i.test(reason)
    ? `Expected at most ${maxPixels} pixels; this image has ${await sizeOf(bytes)}. Scale it down first.`
    : `Expected a whole, undamaged image; decoding it failed: ${reason}.`;
  return new SinterError('bad-image', message, { cause: error });
}

/** What libvips says, which is often the same line many times after a heading that says nothing. */
function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error))
    .split('\n')
    .map((line) => line.trim());
  const telling = lines.filter((line) => line !== '' && !line.startsWith('Warning treated as error'));
  return [...new Set(telling)]
    .slice(0, 2)
    .join(' ')
    .replace(/[:.]+$/, '');
}

/** By the header alone. */
async function sizeOf(bytes: Uint8Array): Promise<string> {
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
  return `${width} × ${height}`;
}
