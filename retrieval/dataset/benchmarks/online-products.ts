/** Stanford Online Products (Song et al., CVPR 2016): 120,053 photos of 22,634 products on sale, in 12 categories. */
import { join } from 'node:path';
import type { Benchmark, ListedImage, Listing } from './benchmark.ts';
import { readTextTable } from './text-table.ts';

const LISTS = { train: 'Ebay_train.txt', test: 'Ebay_test.txt' } as const;
const FIELDS = ['image', 'class', 'category', 'file'] as const;

export const ONLINE_PRODUCTS: Benchmark = {
  id: 'sop',
  name: 'Stanford Online Products',
  download: 'https://cvgl.stanford.edu/projects/lifted_struct/ (Stanford_Online_Products.zip)',
  layout: `${LISTS.train}, ${LISTS.test} and the folders bicycle_final/, cabinet_final/ … toaster_final/ of images`,
  signs: [...Object.values(LISTS), 'bicycle_final', 'toaster_final'],
  folderName: /online.?products|^sop$/i,
  splits: { open: { train: 59_551, test: 60_502 } },
  ks: [1, 10, 100, 1000],
  list: async (root) => ({
    images: [...(await listSplit(root, 'train')), ...(await listSplit(root, 'test'))],
    warnings: [],
  }),
};

async function listSplit(root: string, split: keyof typeof LISTS): Promise<Listing['images']> {
  const rows = await readTextTable(join(root, LISTS[split]), FIELDS, 1);
  return rows.map(
    (row): ListedImage => ({ file: row.file, label: `${categoryOf(row.file)}/${row.class}`, split }),
  );
}

/** `bicycle` of `bicycle_final/111085122871_0.JPG`. */
function categoryOf(file: string): string {
  return (file.split('/')[0] as string).replace(/_final$/, '');
}
