/** For whoever watches the process: /livez says that it answers, /readyz that it should be sent searches. */
import { Router } from 'express';
import { SinterError } from '../retrieval/errors.ts';
import type { Gallery } from '../retrieval/gallery/item.ts';
import type { Model } from '../retrieval/model/model.ts';
import { requireSameModel } from './search-routes.ts';

type Parts = { model: Model; gallery: Gallery; closing?: AbortSignal | undefined };

export function healthRoutes({ model, gallery, closing }: Parts): Router {
  const router = Router();
  router.get('/livez', (_request, response) => {
    response.json({ live: true });
  });
  router.get('/readyz', (_request, response) => {
    if (closing?.aborted) throw new SinterError('interrupted', 'The server is shutting down.');
    requireSameModel(model, gallery);
    response.json({ ready: true });
  });
  return router;
}
