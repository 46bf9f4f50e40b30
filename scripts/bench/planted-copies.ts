/** Copies of an image as they come about: what is planted among other images to see whether it is found. */
import sharp, { type Sharp } from 'sharp';
import type { Random } from '../../retrieval/random.ts';

export const COPY_KINDS = [
  'resized',
  'recompressed',
  'cropped',
  'flipped',
  'cropped more',
  'flipped and cropped',
] as const;
export type CopyKind = (typeof COPY_KINDS)[number];

/** Quality of JPEG where the quality is not what is changed. */
const QUALITY = 90;
/** The most that is cut off at a side, as a share of it. */
const CUT = 0.1;
const CUT_MORE = 0.2;

/**
 * Half as large; JPEG of quality 30; without up to a tenth at every side; mirrored; without up to a fifth at every side;
 * mirrored without up to a tenth. All but the second of quality 90.
 */
export async function copyOf(bytes: Uint8Array, kind: CopyKind, random: Random): Promise<Buffer> {
  const image = sharp(await sharp(bytes).rotate().toBuffer());
  const { width } = await image.metadata();
  const saved = (copy: Sharp, quality = QUALITY) => copy.jpeg({ quality }).toBuffer();
  switch (kind) {
    case 'resized':
      return saved(image.resize(Math.round(width / 2)));
    case 'recompressed':
      return saved(image, 30);
    case 'flipped':
      return saved(image.flop());
    case 'cropped':
      return saved(await cropped(image, CUT, random));
    case 'cropped more':
      return saved(await cropped(image, CUT_MORE, random));
    case 'flipped and cropped':
      return saved(await cropped(image.flop(), CUT, random));
  }
}

async function cropped(image: Sharp, most: number, random: Random): Promise<Sharp> {
  const { width, height } = await image.metadata();
  const cut = (size: number) => Math.floor(most * size * random.uniform());
  const [left, top, right, bottom] = [cut(width), cut(height), cut(width), cut(height)];
  return image.extract({ left, top, width: width - left - right, height: height - top - bottom });
}
