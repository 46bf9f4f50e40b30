/** An image of any size → a small webp of it, to be looked at. */
import sharp from 'sharp';
import { SinterError } from '../errors.ts';
import type { DecodeLimits } from './decode.ts';
import { imageFormat, requireReadableFormat } from './format.ts';

const MAX_PIXELS = 100_000_000;

/** The resolution at which librsvg draws an SVG in its own size, and the highest it takes. */
const SVG_DPI = 72;
const MAX_DPI = 100_000;

/**
 * A webp that fits into `size` × `size` pixels: upright, never enlarged, transparency kept.
 * Throws `not-an-image` for an unknown or refused format, `bad-image` for a damaged or too large one.
 */
export async function shrinkImage(
  bytes: Uint8Array,
  size: number,
  { maxPixels = MAX_PIXELS, allowSvg = false }: DecodeLimits = {},
): Promise<Uint8Array> {
  requireReadableFormat(bytes, allowSvg);
  try {
    const density = imageFormat(bytes) === 'svg' ? await densityFor(bytes, size) : undefined;
    return await sharp(bytes, { autoOrient: true, limitInputPixels: maxPixels, ...(density && { density }) })
      .resize(size, size, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 82, effort: 2 })
      .toBuffer();
  } catch (error) {
    throw new SinterError('bad-image', 'Expected a whole, undamaged image; it cannot be shrunk.', {
      cause: error,
    });
  }
}

/** An SVG has no pixels of its own: it is drawn at the size that is asked for. */
async function densityFor(svg: Uint8Array, size: number): Promise<number> {
  const { width = size, height = size } = await sharp(svg).metadata();
  return Math.min(MAX_DPI, Math.max(1, (SVG_DPI * size) / Math.max(width, height)));
}
