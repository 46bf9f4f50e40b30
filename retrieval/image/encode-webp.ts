/** Pixels → a small webp file, for pictures that are looked at and not computed with. */
import sharp from 'sharp';
import type { Pixels } from './pixels.ts';

const QUALITY = 78;

export async function encodeWebp({ data, width, height }: Pixels): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .webp({ quality: QUALITY, effort: 4 })
    .toBuffer();
}
