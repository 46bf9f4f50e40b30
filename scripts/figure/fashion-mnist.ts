/** Fashion-MNIST (Xiao et al., arXiv 1708.07747) as Debian's package dataset-fashion-mnist installs it: grey images of 28×28 pixels in ten classes. */
import { join } from 'node:path';
import { SinterError } from '../../retrieval/errors.ts';
import { readIdx } from './read-idx.ts';

export const FASHION_MNIST = '/usr/share/datasets/fashion-mnist';

export const CLASS_NAMES = [
  'T-shirt',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
];

/** `pixels` uint8 [count, size, size], 0 to 255; `labels` [count], 0 to 9. */
export type GreyImages = { pixels: Uint8Array; size: number; labels: Int32Array };

/** The first `count` images of a part. Throws `not-found` with the way to get them, and `bad-data`. */
export async function readFashionMnist(
  folder: string,
  part: 'train' | 't10k',
  count: number,
): Promise<GreyImages> {
  const images = await readIdx(join(folder, `${part}-images-idx3-ubyte.gz`)).catch(withAdvice);
  const labels = await readIdx(join(folder, `${part}-labels-idx1-ubyte.gz`)).catch(withAdvice);
  const [all = 0, size = 0, width] = images.dims;
  if (size !== width || labels.dims[0] !== all)
    throw new SinterError(
      'bad-data',
      `Expected square images and as many labels in ${folder}; got [${images.dims}] and [${labels.dims}].`,
    );
  const taken = Math.min(count, all);
  return {
    pixels: images.data.subarray(0, taken * size * size),
    size,
    labels: Int32Array.from(labels.data.subarray(0, taken)),
  };
}

function withAdvice(error: unknown): never {
  if (!(error instanceof SinterError) || error.code !== 'not-found') throw error;
  const advice = 'Install the Debian package dataset-fashion-mnist, or name the folder by --data.';
  throw new SinterError('not-found', `${error.message} ${advice}`);
}
