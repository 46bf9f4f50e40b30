/** The jobs `cluster`, `duplicates` and `map`: what `sinter cluster` does, beside searches. */
import { z } from 'zod';
import { SELECTIONS } from '../../retrieval/cluster/density.ts';
import type { ClusterMethod } from '../../retrieval/cluster/find-clusters.ts';
import { type JobKind, jobKind } from './job-kind.ts';

const whole = (min: number, max: number) => z.int().min(min).max(max);
const seed = whole(0, 2 ** 31 - 1)
  .default(1)
  .describe('Decides everything that is random');
const count = 2 ** 31 - 1;

const clusterParams = z.discriminatedUnion('method', [
  z.strictObject({
    method: z.literal('k-means'),
    k: whole(1, count).optional().describe('How many clusters; chosen by their silhouette where left out'),
    restarts: whole(1, 1000).optional().describe('Beginnings, of which the best is kept; 1 where left out'),
    iterations: whole(1, 10_000).optional().describe('Most rounds of a beginning; 25 where left out'),
    seed,
  }),
  z.strictObject({
    method: z.literal('density'),
    minClusterSize: whole(2, count).optional().describe('The fewest items of a cluster; 5 where left out'),
    minSamples: whole(1, 1000).optional().describe('More leaves out more; as minClusterSize where left out'),
    selection: z
      .enum(SELECTIONS)
      .optional()
      .describe('The clusters that last longest, which is where left out, or small ones'),
  }),
]);

const clusterJob = jobKind({
  name: 'cluster',
  summary: 'cluster the items anew; clusters that stay mostly the same keep id and name',
  params: clusterParams,
  run: ({ method: name, ...options }, { served }, work) =>
    served.gallery.clusters.run({ name, ...options } as ClusterMethod, work),
});

const duplicatesJob = jobKind({
  name: 'duplicates',
  summary: 'look for groups of near duplicates',
  params: z.strictObject({
    threshold: z
      .number()
      .min(0)
      .max(1)
      .describe('The cosine from which on two items count as near duplicates'),
    cohesion: z
      .number()
      .min(-1)
      .max(1)
      .optional()
      .describe('The least cosine of any two of a group; 2 · threshold − 1 where left out'),
  }),
  run: ({ threshold, cohesion }, { served }, work) =>
    served.gallery.duplicates.run({ threshold, ...(cohesion !== undefined && { cohesion }) }, work),
});

const mapJob = jobKind({
  name: 'map',
  summary: 'draw the map of the items',
  params: z.strictObject({ seed }),
  run: ({ seed }, { served }, work) => served.gallery.map.run(seed, work),
});

export const CLUSTER_JOBS: JobKind[] = [clusterJob, duplicatesJob, mapJob];
