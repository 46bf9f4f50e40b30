/** Search: one query or many, in a gallery that the address or the query names. */
import type { Response } from 'express';
import { z } from 'zod';
import { accessOf, requireGallery } from '../access/access.ts';
import { visibleTo } from '../access/visible-galleries.ts';
import type { Galleries } from '../galleries/galleries.ts';
import { galleryParams } from '../galleries/gallery-routes.ts';
import { whenClientLeaves } from '../http/client-leaves.ts';
import { errorAnswer, viewError } from '../http/error-table.ts';
import { requestInfo } from '../http/request-log.ts';
import { json, type Route, route } from '../http/route.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Parts } from '../parts.ts';
import { answerSearch, type SearchContext, searchAnswer } from './answer-search.ts';
import { base64Length } from './image-bytes.ts';
import { galleryQuery, type SearchQuery, searchQuery } from './search-query.ts';

const batchAnswer = z
  .object({ answers: z.array(z.union([searchAnswer, errorAnswer])).describe('In the order of the queries') })
  .meta({ id: 'BatchAnswer' });

export function searchRoutes(parts: Parts): Route[] {
  return [...singleRoutes(parts), ...batchRoutes(parts)];
}

function singleRoutes({ galleries, metrics, limits: { maxImageBytes } }: Parts): Route[] {
  const maxJsonBytes = base64Length(maxImageBytes) + 256 * 1024;
  const form = { file: 'image', maxFileBytes: maxImageBytes };
  const searchGallery = route(
    {
      method: 'post',
      path: '/v1/galleries/{gallery}/search',
      operation: 'searchGallery',
      tag: 'search',
      scope: 'read',
      heedsFilter: true,
      summary: 'Find the neighbours of an image, an item or an embedding in this gallery',
      params: galleryParams,
      body: { schema: searchQuery, maxJsonBytes, form },
      answer: json(searchAnswer, 'The nearest items'),
    },
    ({ params, body, response }) =>
      answerSearch(visibleTo(response, galleries), params.gallery, body, contextOf(response, metrics)),
  );
  const search = route(
    {
      method: 'post',
      path: '/v1/search',
      operation: 'search',
      tag: 'search',
      scope: 'read',
      heedsFilter: true,
      summary: 'Find the neighbours of an image, an item or an embedding',
      body: { schema: galleryQuery, maxJsonBytes, form },
      answer: json(searchAnswer, 'The nearest items'),
    },
    async ({ body: { gallery, ...query }, response }) => {
      const name = await chosenGallery(galleries, gallery, response);
      return answerSearch(visibleTo(response, galleries), name, query, contextOf(response, metrics));
    },
  );
  return [searchGallery, search];
}

function batchRoutes({ galleries, metrics, limits, log }: Parts): Route[] {
  const { maxBatch, maxBatchBytes: maxJsonBytes } = limits;
  const description = `At most ${maxBatch} queries. Each has an answer of its own, or an error; a request that is malformed anywhere is refused as a whole.`;
  const queries = <Q extends z.ZodType>(query: Q) =>
    z.strictObject({ queries: z.array(query).min(1).max(maxBatch) });
  const answers = async (asked: { name: string; query: SearchQuery }[], response: Response) => {
    const context = contextOf(response, metrics);
    const visible = visibleTo(response, galleries);
    const { requestId } = requestInfo(response);
    const answer = ({ name, query }: { name: string; query: SearchQuery }) =>
      answerSearch(visible, name, query, context).catch((error) => viewError(error, requestId, log));
    return { answers: await Promise.all(asked.map(answer)) };
  };
  const searchGallery = route(
    {
      method: 'post',
      path: '/v1/galleries/{gallery}/search/batch',
      operation: 'searchGalleryBatch',
      tag: 'search',
      scope: 'read',
      heedsFilter: true,
      summary: 'Many searches in this gallery at once',
      description,
      params: galleryParams,
      body: { schema: queries(searchQuery), maxJsonBytes },
      answer: json(batchAnswer, 'An answer or an error for each'),
    },
    ({ params: { gallery: name }, body, response }) =>
      answers(
        body.queries.map((query) => ({ name, query })),
        response,
      ),
  );
  const search = route(
    {
      method: 'post',
      path: '/v1/search/batch',
      operation: 'searchBatch',
      tag: 'search',
      scope: 'read',
      heedsFilter: true,
      summary: 'Many searches at once',
      description,
      body: { schema: queries(galleryQuery), maxJsonBytes },
      answer: json(batchAnswer, 'An answer or an error for each'),
    },
    async ({ body, response }) => {
      const asked = body.queries.map(async ({ gallery, ...query }) => {
        return { name: await chosenGallery(galleries, gallery, response), query };
      });
      return answers(await Promise.all(asked), response);
    },
  );
  return [searchGallery, search];
}

/** The gallery that a query names, or the only one that there is for its key. */
async function chosenGallery(
  galleries: Galleries,
  named: string | undefined,
  response: Response,
): Promise<string> {
  const access = accessOf(response);
  const name = named ?? access.gallery ?? (await galleries.only());
  requireGallery(access, name);
  return name;
}

function contextOf(response: Response, metrics: Metrics): SearchContext {
  return { startedAt: requestInfo(response).startedAt, signal: whenClientLeaves(response), metrics };
}
