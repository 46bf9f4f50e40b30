/** The galleries of the server: listed, shown, made and removed under /v1/galleries. */
import { z } from 'zod';
import { accessOf, requireGallery } from './access/access.ts';
import type { Parts } from './parts.ts';
import { wholeNumber } from './request-values.ts';
import { json, nothing, type Route, route } from './route.ts';
import { exampleView, galleryView, viewExample, viewGallery } from './views.ts';

export const galleryParams = z.object({ gallery: z.string() });

const newGallery = z.strictObject({
  name: z.string().describe('Lower-case letters, digits and ._-, beginning with a letter or digit'),
  model: z.string().describe('Name or id of the model whose embeddings it will hold'),
});
const galleryList = z.object({ galleries: z.array(galleryView) });
const examplesQuery = z.strictObject({
  n: wholeNumber({ min: 1, max: 100 }).default(12),
  seed: wholeNumber({ min: 0, max: 2 ** 31 - 1 }).default(1),
});
const examples = z.object({ examples: z.array(exampleView) });

export function galleryRoutes({ galleries, models, jobs, about }: Parts): Route[] {
  const shown = async (name: string) => viewGallery(await galleries.get(name), about[name]);
  const list = route(
    {
      method: 'get',
      path: '/v1/galleries',
      operation: 'listGalleries',
      tag: 'galleries',
      scope: 'read',
      summary: 'List the galleries',
      answer: json(galleryList, 'The galleries in order of name'),
    },
    async ({ response }) => {
      const { gallery: only } = accessOf(response);
      const names = (await galleries.names()).filter((name) => only === undefined || only === name);
      return { galleries: await Promise.all(names.map(shown)) };
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
      answer: json(galleryView, 'The new gallery', 201),
    },
    async ({ body: { name, model }, response }) => {
      requireGallery(accessOf(response), name);
      await galleries.create(name, await models.find(model));
      return shown(name);
    },
  );
  const show = route(
    {
      method: 'get',
      path: '/v1/galleries/{gallery}',
      operation: 'getGallery',
      tag: 'galleries',
      scope: 'read',
      summary: 'Show a gallery',
      params: galleryParams,
      answer: json(galleryView, 'The gallery and its model'),
    },
    ({ params }) => shown(params.gallery),
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
      summary: 'Draw some items to try',
      description: 'The same items for the same seed, as long as the gallery stays the same.',
      params: galleryParams,
      query: examplesQuery,
      answer: json(examples, 'The items'),
    },
    async ({ params, query: { n, seed } }) => {
      const { gallery } = await galleries.get(params.gallery);
      return { examples: gallery.sample(n, seed).map((item) => viewExample(gallery.name, item)) };
    },
  );
  return [list, create, show, remove, sample];
}
