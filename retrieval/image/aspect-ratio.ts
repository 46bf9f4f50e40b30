/** The shape of an image by its header alone. */
import sharp from 'sharp';

/** The longer side over the shorter, from 1 up, whichever way the image is turned. Throws sharp's error for what is no image. */
export async function aspectRatio(bytes: Uint8Array): Promise<number> {
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
  return Math.max(width / height, height / width);
}
