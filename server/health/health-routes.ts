/** For whoever watches the process: /livez says that it answers, /readyz that it should be sent searches. */
import { z } from 'zod';
import { json, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';
import { createReadiness } from './readiness.ts';

const live = z.object({ live: z.literal(true) });
const ready = z.object({ ready: z.literal(true) });

export function healthRoutes(parts: Parts): Route[] {
  const requireReady = createReadiness(parts);
  const livez = route(
    {
      method: 'get',
      path: '/livez',
      operation: 'isLive',
      tag: 'server',
      scope: 'open',
      summary: 'Whether the process answers',
      answer: json(live, 'It does'),
    },
    () => ({ live: true as const }),
  );
  const readyz = route(
    {
      method: 'get',
      path: '/readyz',
      operation: 'isReady',
      tag: 'server',
      scope: 'open',
      summary: 'Whether it should be sent searches',
      description: 'The model of every gallery that is open must embed a golden image as it should.',
      answer: json(ready, 'It should'),
    },
    async () => {
      await requireReady();
      return { ready: true as const };
    },
  );
  return [livez, readyz];
}
