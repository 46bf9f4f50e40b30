/** GET /metrics: what the server measures, as Prometheus reads it. */
import { requireAnyGallery } from '../access/access.ts';
import { bytes, type Route, route } from '../http/route.ts';
import type { Parts } from '../parts.ts';

export function metricRoutes({ metrics: { registry } }: Parts): Route[] {
  const show = route(
    {
      method: 'get',
      path: '/metrics',
      operation: 'getMetrics',
      tag: 'server',
      scope: 'read',
      summary: 'Measurements in the format of Prometheus',
      description: 'Not for keys of one gallery: the measurements are of all.',
      answer: bytes('text/plain', 'Prometheus text format 0.0.4'),
    },
    async ({ response }) => {
      requireAnyGallery(response);
      response.setHeader('Content-Type', registry.contentType);
      response.end(await registry.metrics());
    },
  );
  return [show];
}
