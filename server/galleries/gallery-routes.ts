/** The galleries of the server: listed, shown, made and removed under /v1/galleries. */
import { z } from 'zod';
import { SinterError } from '../../retrieval/errors.ts';
import { accessOf, requireGallery } from '../access/access.ts';
import { visibleTo } from '../access/visible-galleries.ts';
import { wholeNumber } from '../http/request-values.ts';
import { json, nothing, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import {
  exampleView,
  galleryDetailView,
  galleryView,
  viewExample,
  viewGallery,
  viewGalleryDetail,
} from '../views.ts';

export const galleryParams = z.object({ gallery: z.string() });

const newGallery = z.strictObject({
  name: z.string().describe('Lower-case letters, digits and ._-, beginning with a letter or digit'),
  model: z.string().describe('Name or id of the model whose embeddings it will hold'),
});
const galleryList = z.object({
  galleries: z.array(galleryView),
  unavailable: z.array(z.string()).describe('Names of those that cannot be opened; the log says why'),
});
const examplesQuery = z.strictObject({
  n: wholeNumber({ min: 1, max: 100 }).default(12),
  seed: wholeNumber({ min: 0, max: 2 ** 31 - 1 }).default(1),
});
const examples = z.object({ examples: z.array(exampleView) });

const newModel = z.strictObject({ model: z.string().describe('Name or id of the model to search by') });
const modelParams = galleryParams.extend({ model: z.string().describe('Name or id of the model') });

export function galleryRoutes(parts: Parts): Route[] {
  return [...listRoutes(parts), ...singleRoutes(parts), ...modelOfGalleryRoutes(parts)];
}

function listRoutes({ galleries, models }: Parts): Route[] {
  const list = route(
    {
      method: 'get',
      path: '/v1/galleries',
      operation: 'listGalleries',
      tag: 'galleries',
      scope: 'read',
      heedsFilter: true,
      summary: 'List the galleries',
      answer: json(galleryList, 'The galleries in order of name'),
    },
    async ({ response }) => {
      const { gallery: only } = accessOf(response);
      const names = (await galleries.names()).filter((name) => only === undefined || only === name);
      const visible = visibleTo(response, galleries);
      const opened = await Promise.allSettled(names.map((name) => visible.get(name)));
      const served = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
      return {
        galleries: served.map((each) => viewGallery(each)),
        unavailable: names.filter((_, i) => opened[i]?.status === 'rejected'),
      };
    },
  );
  const create = route(
    {
      method: 'post',
      path: '/v1/galleries',
      operation: 'createGallery',
      tag: 'galleries',
      scope: 'admin',
      summary: 'Make an empty gallery for a model',
      body: { schema: newGallery },
      answer: json(galleryDetailView, 'The new gallery', 201),
    },
    async ({ body: { name, model }, response }) => {
      requireGallery(accessOf(response), name);
      const made = await galleries.create(name, await models.find(model));
      return viewGalleryDetail(made);
    },
  );
  return [list, create];
}

function singleRoutes({ galleries, jobs }: Parts): Route[] {
  const show = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}',
      operation: 'getGallery',
      tag: 'galleries',
      scope: 'read',
      heedsFilter: true,
      summary: 'Show a gallery',
      params: galleryParams,
      answer: json(galleryDetailView, 'The gallery and its models'),
    },
    async ({ params: { gallery: name }, response }) =>
      viewGalleryDetail(await visibleTo(response, galleries).get(name)),
  );
  const remove = route(
    {
      method: 'delete',
      path: '/v1/galleries/{gallery}',
      operation: 'removeGallery',
      tag: 'galleries',
      scope: 'admin',
      summary: 'Remove a gallery',
      description:
        'Its jobs are cancelled and uploaded images go with it. Images that were indexed from a folder stay where they are.',
      params: galleryParams,
      answer: nothing('It is gone'),
    },
    async ({ params: { gallery } }) => {
      await jobs.clear(gallery);
      await galleries.remove(gallery);
    },
  );
  const sample = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}/examples',
      operation: 'listExamples',
      tag: 'galleries',
      scope: 'read',
      heedsFilter: true,
      summary: 'Draw some items to try',
      description: 'The same items for the same seed, as long as the gallery stays the same.',
      params: galleryParams,
      query: examplesQuery,
      answer: json(examples, 'The items'),
    },
    async ({ params, query: { n, seed }, response }) => {
      const { gallery } = await visibleTo(response, galleries).get(params.gallery);
      return { examples: gallery.sample(n, seed).map((item) => viewExample(gallery.name, item)) };
    },
  );
  return [show, remove, sample];
}

function modelOfGalleryRoutes({ galleries, models }: Parts): Route[] {
  const change = route(
    {
      method: 'put',
      path: '/v1/galleries/{gallery}/model',
      operation: 'switchModel',
      tag: 'galleries',
      scope: 'admin',
      summary: 'Search a gallery by another model',
      description:
        'The model must have embedded every item, which a job of the kind re-embed does while the gallery is searched by the one before. That one stays, to switch back to.',
      params: galleryParams,
      body: { schema: newModel },
      answer: json(galleryDetailView, 'The gallery as it is now'),
    },
    async ({ params: { gallery: name }, body }) => {
      await galleries.switchModel(name, await models.find(body.model));
      return viewGalleryDetail(await galleries.get(name));
    },
  );
  const drop = route(
    {
      method: 'delete',
      path: '/v1/galleries/{gallery}/models/{model}',
      operation: 'dropModel',
      tag: 'galleries',
      scope: 'admin',
      summary: 'Forget the embeddings by a model that is not searched by',
      params: modelParams,
      answer: nothing('They are gone'),
    },
    async ({ params }) => {
      const { gallery } = await galleries.get(params.gallery);
      const held = gallery.models().find(({ id, name }) => id === params.model || name === params.model);
      if (held) return gallery.dropModel(held.id);
      throw new SinterError('not-found', `Gallery ${gallery.name} has no embeddings by "${params.model}".`);
    },
  );
  return [change, drop];
}
