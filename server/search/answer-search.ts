/** Answers one search in one gallery: query → vector → neighbours, each stage timed. Knows nothing of HTTP. */
import { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';
import type { Gallery, Hit, ItemId } from '../../retrieval/gallery/item.ts';
import { thresholdsOf } from '../../retrieval/gallery/thresholds.ts';
import type { Model } from '../../retrieval/model/model.ts';
import { stopIfAborted } from '../../retrieval/progress.ts';
import type { VisibleGalleries } from '../access/visible-galleries.ts';
import type { ServedGallery } from '../galleries/galleries.ts';
import { nextOffset } from '../http/paging.ts';
import type { Metrics } from '../metrics/metrics.ts';
import {
  fallsInView,
  galleryRefView,
  hitView,
  modelView,
  viewGalleryRef,
  viewHit,
  viewModel,
} from '../views.ts';
import type { SearchQuery } from './search-query.ts';

export const searchAnswer = z
  .object({
    results: z.array(hitView).describe('Most similar first'),
    next: nextOffset,
    cluster: fallsInView.nullable().optional().describe('That the query falls in; null for none'),
    total: z.int().optional().describe('Items that the filter lets through'),
    model: modelView,
    gallery: galleryRefView,
    timings: z
      .object({
        decodeMs: z.number(),
        queueMs: z.number(),
        embedMs: z.number(),
        searchMs: z.number(),
        totalMs: z.number().describe('Of all that the server did, reading the request included'),
      })
      .describe('Where the time went'),
  })
  .meta({ id: 'SearchAnswer' });

export type SearchAnswer = z.infer<typeof searchAnswer>;

/** `startedAt` on the clock of `performance.now()`; the signal aborts once nobody waits for the answer. */
export type SearchContext = { startedAt: number; signal: AbortSignal; metrics: Metrics };

type EmbedTimings = { decodeMs: number; queueMs: number; embedMs: number };
type Embedded = { vector: Float32Array; exclude: ItemId[]; timings: EmbedTimings };

const NOTHING_TO_EMBED: EmbedTimings = { decodeMs: 0, queueMs: 0, embedMs: 0 };

/**
 * Throws `not-found` for no such gallery or item, `wrong-model` where the query expects another model than the gallery's,
 * and as embedding does.
 */
export async function answerSearch(
  galleries: VisibleGalleries,
  name: string,
  query: SearchQuery,
  context: SearchContext,
): Promise<SearchAnswer> {
  const served = await galleries.get(name);
  try {
    return await searchIn(served, query, context);
  } catch (error) {
    // It switched to another model while the query was being embedded: what the one made is nothing to the other.
    const now = await galleries.get(name);
    if (now.model.id === served.model.id) throw error;
    return searchIn(now, query, context);
  }
}

async function searchIn(
  served: ServedGallery,
  query: SearchQuery,
  { startedAt, signal, metrics }: SearchContext,
): Promise<SearchAnswer> {
  const { gallery, model } = served;
  requireModel(model, query.model, gallery.name);
  const { vector, exclude, timings } = await embed(served, query, signal);
  stopIfAborted(signal);
  const searchedFrom = performance.now();
  const { hits, next } = await page(served, query, vector, exclude);
  const searchMs = performance.now() - searchedFrom;
  metrics.noteStage('search', searchMs);
  const total = query.include.includes('total') ? await gallery.count(query.filter) : undefined;
  const thresholds = thresholdsOf(gallery);
  const clusters = query.include.includes('cluster')
    ? await clustersOf(gallery, query, vector, hits)
    : undefined;
  const shown = (hit: Hit) =>
    viewHit(gallery.name, hit, query.include, { thresholds, cluster: clusters?.ofItems.get(hit.item.id) });
  return {
    results: hits.map(shown),
    ...(clusters && { cluster: clusters.ofQuery ?? null }),
    ...(next !== undefined && { next }),
    ...(total !== undefined && { total }),
    model: viewModel(model),
    gallery: viewGalleryRef(served),
    timings: toMicroseconds({ ...timings, searchMs, totalMs: performance.now() - startedAt }),
  };
}

/** Throws `wrong-model` where another model is expected, by name or id. */
export function requireModel({ id, card }: Model, expected: string | undefined, gallery: string): void {
  if (expected === undefined || expected === id || expected === card.name) return;
  const has = `Gallery ${gallery} is searched by the model ${card.name} (${id})`;
  throw new SinterError('wrong-model', `${has}, and this query expects ${expected}.`);
}

/** One more than asked for tells whether there is another page. */
async function page(
  { gallery, model }: ServedGallery,
  query: SearchQuery,
  vector: Float32Array,
  exclude: ItemId[],
) {
  const { k, offset, minSimilarity, filter } = query;
  const options = { exclude, filter, minSimilarity, offset, model: model.id };
  const hits = await gallery.search(vector, k + 1, options);
  return hits.length > k ? { hits: hits.slice(0, k), next: offset + k } : { hits };
}

/** Of the hits, and of the query: an item is in its own, anything else falls in one. */
async function clustersOf(gallery: Gallery, query: SearchQuery, vector: Float32Array, hits: Hit[]) {
  const id = query.id as ItemId | undefined;
  const ids = hits.map(({ item }) => item.id);
  const ofItems = await gallery.clusters.ofItems(id === undefined ? ids : [id, ...ids]);
  return { ofItems, ofQuery: id === undefined ? await gallery.clusters.ofVector(vector) : ofItems.get(id) };
}

/** An item is found by the embedding that the gallery has of it, and is not among its own neighbours. */
async function embed(
  { model, gallery }: ServedGallery,
  query: SearchQuery,
  signal: AbortSignal,
): Promise<Embedded> {
  const exclude = query.exclude as ItemId[];
  if (query.image) {
    const { vector, timings } = await model.embedImage(query.image, signal, query.crop);
    return { vector, exclude, timings };
  }
  if (query.vector) return { vector: toUnit(query.vector), exclude, timings: NOTHING_TO_EMBED };
  const id = query.id as ItemId;
  const vector = gallery.vector(id);
  if (!vector) throw new SinterError('not-found', `The gallery ${gallery.name} has no item "${id}".`);
  return { vector, exclude: [id, ...exclude], timings: NOTHING_TO_EMBED };
}

function toUnit(vector: readonly number[]): Float32Array {
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (value) => value / length);
}

function toMicroseconds<T extends Record<string, number>>(timings: T): T {
  const rounded = Object.entries(timings).map(([name, ms]) => [name, Math.round(ms * 1000) / 1000]);
  return Object.fromEntries(rounded);
}
