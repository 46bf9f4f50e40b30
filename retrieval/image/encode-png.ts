/** Pixels → a PNG file, losslessly: for the small images that travel with a model. */
import sharp from 'sharp';
import type { Pixels } from './pixels.ts';

/** A PNG that decodes to the same pixels. */
export async function encodePng({ data, width, height }: Pixels): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
