/** Small pictures that a page carries in itself. */
import { readFile } from 'node:fs/promises';
import { SinterError } from '../../retrieval/errors.ts';
import { decodeImage } from '../../retrieval/image/decode.ts';
import { encodeWebp } from '../../retrieval/image/encode-webp.ts';
import type { InputRule } from '../../retrieval/image/pixels.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';

/** Data URIs by position of the image; nothing of one that cannot be read any more. */
export type Thumbnails = ReadonlyMap<number, string>;

/** Decoded at once; sharp's threads take them from there. */
const AT_ONCE = 8;

/**
 * A square webp of each of the images at `numbers`.
 * @param size side in pixels.
 * @param fit `cover` fills the square, `contain` shows the whole image on white.
 */
export async function makeThumbnails(
  images: readonly { path: string }[],
  numbers: readonly number[],
  { size, fit }: { size: number; fit: InputRule['fit'] },
  { signal, onProgress }: LongWork = {},
): Promise<Thumbnails> {
  const wanted = [...new Set(numbers)];
  const made = new Map<number, string>();
  const rule: InputRule = { fit, resize: size, crop: size };
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

async function thumbnail(path: string, rule: InputRule): Promise<string | undefined> {
  try {
    const webp = await encodeWebp(await decodeImage(await readFile(path), rule));
    return `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`;
  } catch (error) {
    if (error instanceof SinterError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
