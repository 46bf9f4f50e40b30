/** The process that indexes for the bench `indexing`: one folder at a time into one gallery that stays open, as a long `sinter index` does. */
import { readImageSet } from '../../retrieval/dataset/read-data-set.ts';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import { indexImages } from '../../retrieval/gallery/index-folder.ts';
import { openModel } from '../../retrieval/model/open-model.ts';
import { processorMs, usageOfChildren } from './child-usage.ts';

export type Begin = { model: string; indexData: string };
export type Indexed = { images: number; ms: number; cpuMs: number; rssBytes: number };

const { model: folder, indexData } = JSON.parse(process.argv[2] as string) as Begin;
const model = await openModel(folder, { device: 'auto' });
const ref = { id: model.id, dim: model.card.dim, folder };
const gallery = await openGallery({ folder: indexData, name: 'bench', model: ref, create: true });

process.on('message', async (photos: string) => {
  const dataSet = await readImageSet(photos);
  const [start, before] = [performance.now(), processorMs()];
  const { added } = await indexImages(gallery, model, dataSet);
  const ms = performance.now() - start;
  const cpuMs = processorMs() - before;
  const rssBytes = process.memoryUsage.rss() + usageOfChildren().rssBytes;
  process.send?.({ images: added, ms, cpuMs, rssBytes } satisfies Indexed);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
