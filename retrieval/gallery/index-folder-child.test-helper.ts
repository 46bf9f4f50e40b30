/** A process of its own that indexes a folder and says how much is done, until someone kills it. */
import { readImageSet } from '../dataset/read-data-set.ts';
import { openModel } from '../model/open-model.ts';
import { openGallery } from './gallery.ts';
import { indexImages } from './index-folder.ts';

const [images, bundle, folder] = process.argv.slice(2);
const model = await openModel(bundle, { workers: 1 });
const { id, card } = model;
const gallery = await openGallery({
  folder,
  name: 'shop',
  model: { id, dim: card.dim, folder: bundle },
  create: true,
});
const onProgress = ({ done }: { done: number }) => process.stdout.write(`${done}\n`);
await indexImages(gallery, model, await readImageSet(images), { batch: 16 }, { onProgress });
await gallery.close();
await model.close();
