/** Puts uploaded images into a gallery: embedded, kept as files, and then written down, all on disk when it resolves. */
import type { Item, ItemId, NewItem, WriteOptions } from '../../retrieval/gallery/item.ts';
import { contentHash } from '../../retrieval/image/content-hash.ts';
import { stopIfAborted } from '../../retrieval/progress.ts';
import type { VisibleGalleries } from '../access/visible-galleries.ts';
import type { ServedGallery } from '../galleries/galleries.ts';

/** An image that is to become an item. */
export type Upload = Pick<Item, 'label' | 'metadata'> & { id: string; bytes: Uint8Array };

/** What became of an upload: `error` where it was not stored. */
export type Outcome = { upload: Upload; error?: unknown };

/** Images of one request that are decoded and embedded at a time: few, so that searches come in between. */
const IN_FLIGHT = 8;

export type StoreOptions = WriteOptions & { signal: AbortSignal };

/** Stores what can be decoded, in one transaction, and says of each upload whether it was. Throws `not-found` for no such gallery. */
export async function storeItems(
  galleries: VisibleGalleries,
  name: string,
  uploads: readonly Upload[],
  options: StoreOptions,
): Promise<Outcome[]> {
  const served = await galleries.get(name);
  try {
    return await storeIn(served, uploads, options);
  } catch (error) {
    // It switched to another model while the images were being embedded.
    const now = await galleries.get(name);
    if (now.model.id === served.model.id) throw error;
    return storeIn(now, uploads, options);
  }
}

async function storeIn(
  { gallery, model }: ServedGallery,
  uploads: readonly Upload[],
  { signal, allow }: StoreOptions,
) {
  const outcomes: Outcome[] = uploads.map((upload) => ({ upload }));
  const items: NewItem[] = [];
  await inParallel(outcomes, async (outcome) => {
    stopIfAborted(signal);
    try {
      items.push(await prepare({ gallery, model }, outcome.upload, signal));
    } catch (error) {
      outcome.error = error;
    }
  });
  stopIfAborted(signal);
  if (items.length > 0) await gallery.put(items, { model: model.id, allow });
  return outcomes;
}

/** Embedded first: what cannot be decoded is not kept. Content that is known is not embedded again. */
async function prepare(
  { gallery, model }: ServedGallery,
  { id, bytes, label, metadata }: Upload,
  signal: AbortSignal,
): Promise<NewItem> {
  const hash = contentHash(bytes);
  const known = gallery.vectorOfContent(hash, model.id);
  const vector = known ?? (await model.embedImage(bytes, signal)).vector;
  const source = await gallery.storeImage(bytes);
  const sizeBytes = bytes.byteLength;
  return { id: id as ItemId, source, contentHash: hash, label, metadata, sizeBytes, vector };
}

async function inParallel<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  const left = values.values();
  const takeTurns = async () => {
    for (const value of left) await work(value);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, takeTurns));
}
