/**
 * A gallery as the holder of a key with a filter has it: items that the filter does not let through are not there to be
 * found, and cannot be made, changed or removed.
 */
import type { Filter } from '../../retrieval/gallery/filter.ts';
import { matches } from '../../retrieval/gallery/filter-match.ts';
import type { Gallery, Item, ItemChange, ItemId, WriteOptions } from '../../retrieval/gallery/item.ts';
import { RequestError } from '../http/error-table.ts';

/** What concerns the gallery as a whole throws `forbidden`. `size` is that of what can be seen now. */
export async function restrictGallery(gallery: Gallery, filter: Filter): Promise<Gallery> {
  const size = await gallery.count(filter);
  const both = (other: Filter | undefined): Filter => (other ? { and: [filter, other] } : filter);
  const seen = (item: Item | undefined) => (item && matches(filter, item) ? item : undefined);
  const item = (id: ItemId) => seen(gallery.item(id));
  const within = <O extends WriteOptions>(options?: O) => ({
    ...options,
    allow: (change: ItemChange) => {
      requireSeen(filter, change);
      options?.allow?.(change);
    },
  });
  return {
    name: gallery.name,
    folder: gallery.folder,
    model: gallery.model,
    version: () => gallery.version(),
    isRemoved: () => gallery.isRemoved(),
    size: () => size,
    item,
    vector: (id) => (item(id) ? gallery.vector(id) : undefined),
    vectorOfContent: (hash, model) => gallery.vectorOfContent(hash, model),
    items: function* () {
      for (const each of gallery.items()) if (matches(filter, each)) yield each;
    },
    sample: (n, seed) => sampleOf(gallery, n, seed, (each) => matches(filter, each)),
    list: (options) => gallery.list({ ...options, filter: both(options.filter) }),
    count: (other) => gallery.count(both(other)),
    labels: (other) => gallery.labels(both(other)),
    fields: (other) => gallery.fields(both(other)),
    put: (items, options) => gallery.put(items, within(options)),
    patch: async (ids, patch, options) => gallery.patch(ids.filter(item), patch, within(options)),
    remove: async (ids, options) => gallery.remove(ids.filter(item), within(options)),
    storeImage: (bytes) => gallery.storeImage(bytes),
    search: (vector, k, options) => gallery.search(vector, k, { ...options, filter: both(options?.filter) }),
    searchExactly: (vector, k, options) =>
      gallery.searchExactly(vector, k, { ...options, filter: both(options?.filter) }),
    models: () => gallery.models().map((each) => ({ ...each, embedded: Math.min(each.embedded, size) })),
    recall: () => gallery.recall(),
    setting: (key) => gallery.setting(key),
    activate: refuse,
    checkRecall: refuse,
    close: refuse,
    dropModel: refuse,
    embeddings: refuse,
    indexState: refuse,
    markRemoved: refuse,
    missing: refuse,
    putEmbeddings: refuse,
    setSetting: refuse,
    // Cohesion, middle and neighbours of a cluster, and where a point lies on the map, tell of items that are not seen:
    // their routes are not for keys with filters. Which cluster a seen item is in may be known.
    jobs: gallery.jobs,
    clusters: gallery.clusters,
    duplicates: gallery.duplicates,
    map: gallery.map,
  };
}

function refuse(): never {
  throw new RequestError('forbidden', 'This concerns all items of the gallery, and this key is for some.');
}

/** Draws more until enough of them can be seen: the first of those that are drawn are the same however many. */
function sampleOf(gallery: Gallery, n: number, seed: number, isSeen: (item: Item) => boolean): Item[] {
  for (let drawn = 4 * n; ; drawn *= 4) {
    const found = gallery.sample(drawn, seed).filter(isSeen);
    if (found.length >= n || drawn >= gallery.size()) return found.slice(0, n);
  }
}

/** Before and after a change: an item that cannot be seen is not replaced either, its id is taken. */
function requireSeen(filter: Filter, { id, before, after }: ItemChange): void {
  if ([before, after].every((item) => !item || matches(filter, item))) return;
  throw new RequestError(
    'forbidden',
    `This key may not have the item "${id}" be so: its filter leaves it out.`,
  );
}
