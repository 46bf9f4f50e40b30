/** POST /v1/search: by an image or by an item of the gallery. */
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { SinterError } from '../retrieval/errors.ts';
import type { Gallery, ItemId } from '../retrieval/gallery/item.ts';
import type { Model } from '../retrieval/model/model.ts';
import { answerJson } from './answer-json.ts';
import { requestInfo } from './request-log.ts';
import { check, wholeNumber } from './request-values.ts';
import { type Body, bodyReader } from './upload.ts';
import { viewGallery, viewHit, viewModel } from './views.ts';

const k = wholeNumber({ name: 'k', min: 1, max: 1000 }).default(24);
const byImage = z.strictObject({ k });
const byItem = z.strictObject(
  { id: z.string({ error: 'Expected "id" to be the id of an item, as a string.' }).min(1), k },
  { error: unexpectedBody },
);

type Query = { k: number } & ({ image: Uint8Array } | { id: ItemId });
type Embedded = { vector: Float32Array; exclude: ItemId[]; timings: EmbedTimings };
type EmbedTimings = { decodeMs: number; queueMs: number; embedMs: number };

const NOTHING_TO_EMBED: EmbedTimings = { decodeMs: 0, queueMs: 0, embedMs: 0 };

type Parts = { model: Model; gallery: Gallery; maxImageBytes: number };

export function searchRoutes({ model, gallery, maxImageBytes }: Parts): Router {
  const readBody = bodyReader(maxImageBytes);
  return Router().post('/v1/search', async (request, response) => {
    requireSameModel(model, gallery);
    const query = readQuery(await readBody(request, response), request);
    const { vector, exclude, timings } = await embed(query, { model, gallery }, response);
    const searchedFrom = performance.now();
    const hits = await gallery.search(vector, query.k, { exclude });
    const searchMs = performance.now() - searchedFrom;
    const totalMs = performance.now() - requestInfo(response).startedAt;
    answerJson(response, {
      results: hits.map(viewHit),
      model: viewModel(model),
      gallery: viewGallery(gallery),
      timings: toMicroseconds({ ...timings, searchMs, totalMs }),
    });
  });
}

/** Throws `wrong-model` unless the gallery holds embeddings of this very model. */
export function requireSameModel(model: Model, gallery: Gallery): void {
  if (model.id === gallery.model.id) return;
  const has = `The gallery ${gallery.name} holds embeddings of the model ${gallery.model.id.slice(0, 12)}`;
  const got = `the server runs ${model.card.name} (${model.id.slice(0, 12)})`;
  throw new SinterError('wrong-model', `${has}, but ${got}. Serve its own model, or index it with this one.`);
}

/** `k` may stand in the body or in the query string; the body's counts. */
function readQuery({ image, values }: Body, request: Request): Query {
  const inUrl = request.query.k === undefined ? {} : { k: request.query.k };
  if (image) return { image, ...check(byImage, { ...inUrl, ...values }) };
  const body = Array.isArray(values) ? values : { ...inUrl, ...values };
  const { id, k } = check(byItem, body);
  return { id: id as ItemId, k };
}

/** An item is found by the embedding that the gallery has of it, and is not its own neighbour. */
async function embed(
  query: Query,
  { model, gallery }: Omit<Parts, 'maxImageBytes'>,
  response: Response,
): Promise<Embedded> {
  if ('id' in query) {
    const vector = gallery.vector(query.id);
    if (!vector) throw new SinterError('not-found', `The gallery ${gallery.name} has no item "${query.id}".`);
    return { vector, exclude: [query.id], timings: NOTHING_TO_EMBED };
  }
  const { vector, timings } = await model.embedImage(query.image, whenClientLeaves(response));
  return { vector, exclude: [], timings };
}

/** Aborted once nobody waits for the answer any more, so that what is still queued for it is dropped. */
function whenClientLeaves(response: Response): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}

function toMicroseconds<T extends Record<string, number>>(timings: T): T {
  const rounded = Object.entries(timings).map(([name, ms]) => [name, Math.round(ms * 1000) / 1000]);
  return Object.fromEntries(rounded);
}

function unexpectedBody(issue: { code?: string; keys?: string[] }): string {
  const expected = 'Expected a JSON object with "id" and perhaps "k"';
  return issue.code === 'unrecognized_keys'
    ? `${expected}, got also ${issue.keys?.join(', ')}.`
    : `${expected}.`;
}
