/** The models of the server: GET /v1/models, in the shape that clients of OpenAI's API read, with fields of its own. */
import { z } from 'zod';
import { json, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import type { Bundle } from './models.ts';

const listedModel = z.object({
  id: z.string().describe('sha256 of the graph; requests may name a model by it or by its name'),
  object: z.literal('model'),
  created: z.int().describe('Seconds since 1970'),
  owned_by: z.literal('sinter'),
  name: z.string(),
  dim: z.int().describe('Length of an embedding'),
  metrics: z.record(z.string(), z.number()).describe('Measured when the model was made'),
  open: z.boolean().describe('Whether it is in memory; another is opened when it is first needed'),
});
const modelList = z.object({ object: z.literal('list'), data: z.array(listedModel) });

export function modelRoutes({ models }: Parts): Route[] {
  const list = route(
    {
      method: 'get',
      path: '/v1/models',
      operation: 'listModels',
      tag: 'models',
      scope: 'read',
      heedsFilter: true,
      summary: 'List the models',
      answer: json(modelList, 'The models in order of name'),
    },
    async () => ({
      object: 'list' as const,
      data: (await models.bundles()).map((bundle) =>
        viewBundle(bundle, models.isOpen(bundle.card.graphSha256)),
      ),
    }),
  );
  return [list];
}

function viewBundle({ card }: Bundle, open: boolean): z.infer<typeof listedModel> {
  const { graphSha256: id, name, dim, metrics, createdAt } = card;
  const created = Math.floor(Date.parse(createdAt) / 1000);
  return { id, object: 'model', created, owned_by: 'sinter', name, dim, metrics, open };
}
