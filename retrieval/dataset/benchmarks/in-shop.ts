/**
 * DeepFashion In-Shop Clothes Retrieval (Liu et al., CVPR 2016): 52,712 photos of 7,982 garments. Its test set has queries and
 * a gallery to search them in.
 */
import { join } from 'node:path';
import { SinterError } from '../../errors.ts';
import type { Benchmark, ListedImage } from './benchmark.ts';
import { readTextTable } from './text-table.ts';

const LIST = 'Eval/list_eval_partition.txt';
/** A number of lines and the names of the fields stand before the first image. */
const LINES_BEFORE = 2;
const STATUSES = ['train', 'query', 'gallery'] as const;

export const IN_SHOP: Benchmark = {
  id: 'in-shop',
  name: 'DeepFashion In-Shop',
  download: 'https://mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html (In-shop Clothes Retrieval Benchmark)',
  layout: `${LIST} and Img/img/WOMEN/…, Img/img/MEN/… (img.zip, extracted in Img/)`,
  signs: [LIST, 'Anno/list_item_inshop.txt', 'Img/img/WOMEN'],
  folderName: /in.?shop|deep.?fashion/i,
  splits: { open: { train: 25_882, query: 14_218, gallery: 12_612 } },
  ks: [1, 10, 20, 30],
  list: async (root) => {
    const rows = await readTextTable(join(root, LIST), ['file', 'item', 'status'], LINES_BEFORE);
    const images = rows.map(
      ({ file, item, status }): ListedImage => ({
        file: `Img/${file}`,
        label: item,
        split: splitOf(status, root),
      }),
    );
    return { images, warnings: [] };
  },
};

function splitOf(status: string, root: string): (typeof STATUSES)[number] {
  const split = STATUSES.find((name) => name === status);
  if (split) return split;
  throw new SinterError(
    'bad-data',
    `Expected ${STATUSES.join(', ')} in ${join(root, LIST)}; got \`${status}\`.`,
  );
}
