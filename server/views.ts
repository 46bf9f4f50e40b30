/** What the server shows of items, models and galleries, and the schemas of it: names and figures, never paths of the machine. */
import { z } from 'zod';
import type { FallsIn } from '../retrieval/gallery/gallery-clusters.ts';
import type { Hit, Item } from '../retrieval/gallery/item.ts';
import { MATCHES, matchOf, type Thresholds } from '../retrieval/gallery/thresholds.ts';
import type { Model } from '../retrieval/model/model.ts';
import { aboutOf } from './galleries/about.ts';
import type { ServedGallery } from './galleries/galleries.ts';

/** How many digits of the content hash stand in an image's URL, so that a replaced image has another one. */
const VERSION_DIGITS = 12;

export const metadataView = z.record(z.string(), z.unknown());

export const itemView = z.object({
  id: z.string(),
  label: z.string().nullable(),
  metadata: metadataView,
  contentHash: z.string().describe('sha256 of the image file, hex'),
  sizeBytes: z.int(),
  updatedAt: z.string().describe('ISO 8601, UTC'),
  imageUrl: z.string(),
});

export const exampleView = z.object({ id: z.string(), label: z.string().nullable(), imageUrl: z.string() });

export const fallsInView = z
  .object({
    id: z.int().describe('Of the cluster'),
    name: z.string().nullable(),
    confidence: z.number().describe('0 to 1'),
  })
  .meta({ id: 'FallsIn', description: 'The cluster that an item or a query falls in, and how surely' });

export const hitView = z.object({
  id: z.string(),
  similarity: z.number().describe('Cosine, -1 to 1; higher is closer'),
  label: z.string().nullable(),
  metadata: metadataView.optional(),
  imageUrl: z.string(),
  thumbnailUrl: z.string().optional(),
  match: z
    .enum(MATCHES)
    .optional()
    .describe('By the thresholds that were learned for the gallery; absent where there are none'),
  cluster: fallsInView.nullable().optional().describe('Null for an item in none'),
});

export const modelView = z.object({
  id: z.string().describe('sha256 of the graph'),
  name: z.string(),
  dim: z.int().describe('Length of an embedding'),
});

export const galleryRefView = z.object({
  name: z.string(),
  size: z.int().describe('Items in it'),
  version: z.int().describe('Grows with every change of items or models'),
});

export const creditView = z.object({
  name: z.string(),
  author: z.string(),
  licence: z.string(),
  licenceUrl: z.string().optional(),
  url: z.string(),
});

export const galleryView = galleryRefView.extend({
  model: modelView,
  title: z.string(),
  notes: z.string().nullable(),
  credits: z.array(creditView).describe('Whose work the images are'),
});

export const galleryDetailView = galleryView
  .extend({
    models: z
      .array(
        modelView.extend({ embedded: z.int().describe('Items that it has embedded'), active: z.boolean() }),
      )
      .describe(
        'Those that it has embeddings by, the active one first: it can switch to one that embedded all items',
      ),
  })
  .meta({ id: 'Gallery' });

/** Where the item's image is; the id is one segment of the path, its slashes encoded. */
export function imageUrl(gallery: string, item: Item, kind: 'image' | 'thumbnail' = 'image'): string {
  const id = encodeURIComponent(item.id);
  return `/v1/galleries/${gallery}/items/${id}/${kind}?v=${imageVersion(item)}`;
}

/** The part of the image's URL that changes with its content. */
export function imageVersion({ contentHash }: Item): string {
  return contentHash.slice(0, VERSION_DIGITS);
}

/** The same, small. */
export function thumbnailUrl(gallery: string, item: Item): string {
  return imageUrl(gallery, item, 'thumbnail');
}

export function viewHit(
  gallery: string,
  { item, similarity }: Hit,
  parts: readonly string[],
  known: { thresholds?: Thresholds | undefined; cluster?: FallsIn | undefined } = {},
): z.infer<typeof hitView> {
  const { id, label, metadata } = item;
  return {
    id,
    similarity,
    label,
    ...(parts.includes('metadata') && { metadata }),
    imageUrl: imageUrl(gallery, item),
    ...(parts.includes('thumbnail') && { thumbnailUrl: thumbnailUrl(gallery, item) }),
    ...(known.thresholds && { match: matchOf(similarity, known.thresholds) }),
    ...(parts.includes('cluster') && { cluster: known.cluster ?? null }),
  };
}

export function viewItem(gallery: string, item: Item): z.infer<typeof itemView> {
  const { id, label, metadata, contentHash, sizeBytes, updatedAt } = item;
  return { id, label, metadata, contentHash, sizeBytes, updatedAt, imageUrl: imageUrl(gallery, item) };
}

export function viewExample(gallery: string, item: Item): z.infer<typeof exampleView> {
  return { id: item.id, label: item.label, imageUrl: imageUrl(gallery, item) };
}

export function viewModel({ id, card }: Model): z.infer<typeof modelView> {
  return { id, name: card.name, dim: card.dim };
}

export function viewGalleryRef({ gallery }: ServedGallery): z.infer<typeof galleryRefView> {
  return { name: gallery.name, size: gallery.size(), version: gallery.version() };
}

export function viewGallery(served: ServedGallery): z.infer<typeof galleryView> {
  const { title, notes, credits } = aboutOf(served.gallery);
  return { ...viewGalleryRef(served), model: viewModel(served.model), title, notes, credits };
}

export function viewGalleryDetail(served: ServedGallery): z.infer<typeof galleryDetailView> {
  const models = served.gallery.models().map(({ id, name, dim, embedded, active }) => {
    return { id, name, dim, embedded, active };
  });
  return { ...viewGallery(served), models };
}
