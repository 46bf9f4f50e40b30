/** Caltech-UCSD Birds-200-2011 (Wah et al. 2011): 11,788 photos of 200 species of birds. */
import { join } from 'node:path';
import { SinterError } from '../../errors.ts';
import { listFirst } from '../list-first.ts';
import { type Benchmark, halveClasses, type Listing, type Protocol } from './benchmark.ts';
import { readTextTable } from './text-table.ts';

const IMAGES = 'images.txt';
const CLASSES = 'classes.txt';
const LABELS = 'image_class_labels.txt';
const SPLIT = 'train_test_split.txt';

export const CUB: Benchmark = {
  id: 'cub',
  name: 'CUB-200-2011',
  download: 'https://www.vision.caltech.edu/datasets/cub_200_2011/ (CUB_200_2011.tgz)',
  layout: `${IMAGES}, ${LABELS}, ${CLASSES}, ${SPLIT} and images/001.Black_footed_Albatross/…jpg`,
  signs: [LABELS, SPLIT],
  folderName: /^(cub|caltech.?birds)/i,
  splits: { open: { train: 5864, test: 5924 }, closed: { train: 5994, test: 5794 } },
  ks: [1, 2, 4, 8],
  list,
};

async function list(root: string, protocol: Protocol): Promise<Listing> {
  const images = await readTextTable(join(root, IMAGES), ['id', 'file']);
  const labels = await readTextTable(join(root, LABELS), ['id', 'class']);
  const classes = await readTextTable(join(root, CLASSES), ['class', 'name']);
  const split = protocol === 'closed' ? await readTextTable(join(root, SPLIT), ['id', 'training']) : [];

  const ids = new Set(images.map(({ id }) => id));
  const classOf = new Map(labels.map((row) => [row.id, row.class]));
  const nameOf = new Map(classes.map((row) => [row.class, row.name]));
  const trainingOf = new Map(split.map((row) => [row.id, row.training]));
  const numberOf = (id: string) => Number(required(classOf, id, `${LABELS} of ${root}`));
  const half = halveClasses(images.map(({ id }) => numberOf(id)));
  const splitOf = (id: string) => {
    if (protocol === 'open') return half(numberOf(id));
    return required(trainingOf, id, `${SPLIT} of ${root}`) === '1' ? 'train' : 'test';
  };
  return {
    images: images.map(({ id, file }) => ({
      file: `images/${file}`,
      label: required(nameOf, String(numberOf(id)), `${CLASSES} of ${root}`),
      split: splitOf(id),
    })),
    warnings: [...surplus(LABELS, labels, ids), ...surplus(SPLIT, split, ids)],
  };
}

function required(map: Map<string, string>, key: string, where: string): string {
  const value = map.get(key);
  if (value === undefined)
    throw new SinterError('bad-data', `Expected a line for ${key} in ${where}; it has none.`);
  return value;
}

/** Lines about images that are not listed do no harm; sets that were cut down to some classes have them. */
function surplus(file: string, rows: { id: string }[], listed: Set<string>): string[] {
  const others = rows.filter(({ id }) => !listed.has(id)).map(({ id }) => id);
  if (others.length === 0) return [];
  return [
    `${file} has ${others.length} lines for images that ${IMAGES} does not list: ${listFirst(others)}.`,
  ];
}
