/** Small pictures that a page carries in itself. */
import { readFile } from 'node:fs/promises';
import { SinterError } from '../errors.ts';
import { aspectRatio } from '../image/aspect-ratio.ts';
import { decoders } from '../image/decoders.ts';
import { encodeWebp } from '../image/encode-webp.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';

/** Data URIs by position of the image; nothing of one that cannot be read any more. */
export type Thumbnails = ReadonlyMap<number, string>;

export type ThumbnailRule = {
  /** Side in pixels. */
  size: number;
  /** Up to this aspect ratio an image loses its edges to fill the square; a longer one is shown whole, on white. */
  fillsUpTo: number;
};

/** Read and decoded at a time. */
const AT_ONCE = 8;

/** A square webp of each of the images at `numbers`. Throws `interrupted`. */
export async function makeThumbnails(
  images: readonly { path: string }[],
  numbers: readonly number[],
  rule: ThumbnailRule,
  { signal, onProgress }: LongWork = {},
): Promise<Thumbnails> {
  const wanted = [...new Set(numbers)];
  const made = new Map<number, string>();
  for (let from = 0; from < wanted.length; from += AT_ONCE) {
    stopIfAborted(signal);
    const some = wanted.slice(from, from + AT_ONCE);
    const pictures = await Promise.all(some.map((number) => thumbnail(images[number].path, rule)));
    pictures.forEach((picture, i) => {
      if (picture) made.set(some[i], picture);
    });
    onProgress?.({ stage: 'drawing', done: from + some.length, total: wanted.length });
  }
  return made;
}

async function thumbnail(path: string, { size, fillsUpTo }: ThumbnailRule): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    const fit = (await aspectRatio(bytes)) <= fillsUpTo ? 'cover' : 'contain';
    const webp = await encodeWebp(await decoders.decode(bytes, { fit, resize: size, crop: size }));
    return `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`;
  } catch (error) {
    if (error instanceof SinterError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
