/** For whoever watches the process: /livez says that it answers, /readyz that it should be sent searches. */
import { z } from 'zod';
import { SinterError } from '../retrieval/errors.ts';
import type { Parts } from './parts.ts';
import { json, type Route, route } from './route.ts';

const live = z.object({ live: z.literal(true) });
const ready = z.object({ ready: z.literal(true) });

export function healthRoutes({ closing }: Parts): Route[] {
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
      answer: json(ready, 'It should'),
    },
    () => {
      if (closing.aborted) throw new SinterError('interrupted', 'The server is shutting down.');
      return { ready: true as const };
    },
  );
  return [livez, readyz];
}
