/** What the server shows of items, models and galleries: names and figures, never paths of the machine it runs on. */
import type { Gallery, Hit, Item } from '../retrieval/gallery/item.ts';
import type { Model } from '../retrieval/model/model.ts';

/** How many digits of the content hash stand in an image's URL, so that a replaced image has another one. */
const VERSION_DIGITS = 12;

/** Where the item's image is; the id is one segment of the path, its slashes encoded. */
export function imageUrl(item: Item): string {
  return `/v1/items/${encodeURIComponent(item.id)}/image?v=${imageVersion(item)}`;
}

/** The part of the image's URL that changes with its content. */
export function imageVersion({ contentHash }: Item): string {
  return contentHash.slice(0, VERSION_DIGITS);
}

export function viewHit({ item, similarity }: Hit) {
  const { id, label, metadata } = item;
  return { id, similarity, label, metadata, imageUrl: imageUrl(item) };
}

export function viewItem(item: Item) {
  const { id, label, metadata, contentHash, sizeBytes, updatedAt } = item;
  return { id, label, metadata, contentHash, sizeBytes, updatedAt, imageUrl: imageUrl(item) };
}

export function viewModel({ id, card }: Model) {
  return { id, name: card.name, dim: card.dim };
}

export function viewGallery(gallery: Gallery) {
  return { name: gallery.name, size: gallery.size() };
}
