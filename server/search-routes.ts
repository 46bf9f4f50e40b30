/** Search: POST /v1/search and the same under a gallery, by an image or by an item. */
import { z } from 'zod';
import { SinterError } from '../retrieval/errors.ts';
import type { Gallery, ItemId } from '../retrieval/gallery/item.ts';
import type { Model } from '../retrieval/model/model.ts';
import { accessOf, requireGallery } from './access/access.ts';
import { whenClientLeaves } from './client-leaves.ts';
import type { ServedGallery } from './galleries.ts';
import { galleryParams } from './gallery-routes.ts';
import { imageBytes } from './image-bytes.ts';
import type { Parts } from './parts.ts';
import { requestInfo } from './request-log.ts';
import { wholeNumber } from './request-values.ts';
import { json, type Route, route } from './route.ts';
import { galleryRefView, hitView, modelView, viewGalleryRef, viewHit, viewModel } from './views.ts';

const fields = {
  image: imageBytes.optional(),
  id: z.string().min(1).optional().describe('An item to search with; it is not among its own neighbours'),
  k: wholeNumber({ min: 1, max: 1000 }).default(24).describe('How many results at most'),
};
const query = z.strictObject(fields).check(requireOneQuery);
const queryOfAny = z.strictObject({ gallery: z.string().optional(), ...fields }).check(requireOneQuery);

export const searchAnswer = z.object({
  results: z.array(hitView).describe('Most similar first'),
  model: modelView,
  gallery: galleryRefView,
  timings: z.object({
    decodeMs: z.number(),
    queueMs: z.number(),
    embedMs: z.number(),
    searchMs: z.number(),
    totalMs: z.number(),
  }),
});

type Query = z.output<typeof query>;
type SearchAnswer = z.infer<typeof searchAnswer>;
type Embedded = { vector: Float32Array; exclude: ItemId[]; timings: EmbedTimings };
type EmbedTimings = { decodeMs: number; queueMs: number; embedMs: number };

const NOTHING_TO_EMBED: EmbedTimings = { decodeMs: 0, queueMs: 0, embedMs: 0 };

export function searchRoutes({ galleries, limits: { maxImageBytes } }: Parts): Route[] {
  const maxJsonBytes = Math.ceil((maxImageBytes * 4) / 3) + 64 * 1024;
  const form = { file: 'image', maxFileBytes: maxImageBytes };
  const search = route(
    {
      method: 'post',
      path: '/v1/search',
      operation: 'search',
      tag: 'search',
      scope: 'read',
      summary: 'Find the neighbours of an image or of an item',
      description: '`gallery` may be left out where only one is served.',
      body: { schema: queryOfAny, maxJsonBytes, form },
      answer: json(searchAnswer, 'The nearest items'),
    },
    async ({ body: { gallery, ...query }, response }) => {
      const access = accessOf(response);
      const served = await galleries.choose(gallery ?? access.gallery);
      requireGallery(access, served.gallery.name);
      const { startedAt } = requestInfo(response);
      return answerSearch(served, query, startedAt, whenClientLeaves(response));
    },
  );
  const searchGallery = route(
    {
      method: 'post',
      path: '/v1/galleries/{gallery}/search',
      operation: 'searchGallery',
      tag: 'search',
      scope: 'read',
      summary: 'Find the neighbours of an image or of an item in this gallery',
      params: galleryParams,
      body: { schema: query, maxJsonBytes, form },
      answer: json(searchAnswer, 'The nearest items'),
    },
    async ({ params, body, response }) => {
      const served = await galleries.get(params.gallery);
      const { startedAt } = requestInfo(response);
      return answerSearch(served, body, startedAt, whenClientLeaves(response));
    },
  );
  return [search, searchGallery];
}

async function answerSearch(
  served: ServedGallery,
  query: Query,
  startedAt: number,
  signal: AbortSignal,
): Promise<SearchAnswer> {
  const { model, gallery } = served;
  requireSameModel(model, gallery);
  const { vector, exclude, timings } = await embed(served, query, signal);
  requireSameModel(model, gallery);
  const searchedFrom = performance.now();
  const hits = await gallery.search(vector, query.k, { exclude });
  const now = performance.now();
  return {
    results: hits.map((hit) => viewHit(gallery.name, hit)),
    model: viewModel(model),
    gallery: viewGalleryRef(served),
    timings: toMicroseconds({ ...timings, searchMs: now - searchedFrom, totalMs: now - startedAt }),
  };
}

/** Throws `wrong-model` unless the gallery holds embeddings of this very model. */
export function requireSameModel(model: Model, gallery: Gallery): void {
  if (model.id === gallery.model.id) return;
  const has = `The gallery ${gallery.name} holds embeddings of the model ${gallery.model.id.slice(0, 12)}`;
  const got = `the query is one of ${model.card.name} (${model.id.slice(0, 12)})`;
  throw new SinterError('wrong-model', `${has}, but ${got}. Search with the gallery's own model.`);
}

/** An item is found by the embedding that the gallery has of it. */
async function embed(
  { model, gallery }: ServedGallery,
  query: Query,
  signal: AbortSignal,
): Promise<Embedded> {
  if (query.image) {
    const { vector, timings } = await model.embedImage(query.image, signal);
    return { vector, exclude: [], timings };
  }
  const id = query.id as ItemId;
  const vector = gallery.vector(id);
  if (!vector) throw new SinterError('not-found', `The gallery ${gallery.name} has no item "${id}".`);
  return { vector, exclude: [id], timings: NOTHING_TO_EMBED };
}

function requireOneQuery({ value, issues }: z.core.ParsePayload<{ image?: unknown; id?: unknown }>): void {
  const given = [value.image, value.id].filter((each) => each !== undefined).length;
  if (given === 1) return;
  const got = given === 0 ? 'none of them' : 'both';
  issues.push({ code: 'custom', message: `expected either \`image\` or \`id\`, got ${got}`, input: value });
}

function toMicroseconds<T extends Record<string, number>>(timings: T): T {
  const rounded = Object.entries(timings).map(([name, ms]) => [name, Math.round(ms * 1000) / 1000]);
  return Object.fromEntries(rounded);
}
