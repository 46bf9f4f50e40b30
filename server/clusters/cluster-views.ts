/** What the server shows of clusters, duplicates and the map, and the schemas of it. */
import { z } from 'zod';
import type { ClusterId, LabelVote } from '../../retrieval/gallery/cluster-store.ts';
import type { GalleryCluster, GalleryClustering } from '../../retrieval/gallery/gallery-clusters.ts';
import type { Gallery, ItemId } from '../../retrieval/gallery/item.ts';
import { exampleView, itemView, viewExample } from '../views.ts';

export const clusterId = z.int().describe('Kept while the cluster stays mostly the same; never used twice');
const name = z.string().nullable().describe("The user's name for it");
const confidence = z.number().describe('0 to 1');

export const clusterView = z
  .object({
    id: clusterId,
    name,
    size: z.int(),
    cohesion: z.number().describe('Mean cosine of a member and the centre; 1: all the same'),
    isMerged: z.boolean().describe('Whether a user merged others into it'),
    medoid: exampleView.nullable().describe('The item in its middle'),
    examples: z.array(exampleView).describe('The surest members'),
    nearest: z
      .array(z.object({ id: clusterId, name, similarity: z.number() }))
      .describe('Most similar first'),
    suggestion: z
      .object({
        label: z.string(),
        votes: z.int().describe('Members that have it'),
        labelled: z.int().describe('Members that have any label'),
      })
      .nullable()
      .describe('The label that most of its labelled members have'),
  })
  .meta({ id: 'Cluster' });

export const clusteringView = z.object({
  method: z
    .looseObject({ name: z.enum(['k-means', 'density']) })
    .describe('With the options it was run with'),
  createdAt: z.string().describe('ISO 8601, UTC'),
  items: z.int(),
  noise: z.int().describe('Items in no cluster'),
  clusters: z.int(),
});

export const memberView = itemView.extend({ confidence });

export const mapView = z
  .object({
    createdAt: z.string().describe('ISO 8601, UTC'),
    ids: z.array(z.string()).describe('Of the items; all other lists have one entry for each of them'),
    x: z.array(z.number()),
    y: z.array(z.number()),
    labelNames: z.array(z.string()),
    labels: z.array(z.int()).describe('Numbers of entries in `labelNames`; -1 for none'),
    clusterIds: z.array(clusterId),
    clusters: z.array(z.int()).describe('Numbers of entries in `clusterIds`; -1 for none'),
  })
  .meta({ id: 'Map', description: 'Every item as a point, near the items that are like it' });

export function viewClustering({ method, createdAt, items, noise, clusters }: GalleryClustering) {
  return { method: { ...method }, createdAt, items, noise, clusters: clusters.length };
}

/** With the `examples` surest members. */
export async function viewCluster(
  gallery: Gallery,
  cluster: GalleryCluster,
  examples: number,
): Promise<z.output<typeof clusterView>> {
  const { medoid, nearest, suggestion, ...rest } = cluster;
  const members = examples > 0 ? await gallery.clusters.members(cluster.id, 0, examples) : [];
  return {
    ...rest,
    medoid: viewed(gallery, [medoid])[0] ?? null,
    examples: viewed(
      gallery,
      members.map(({ id }) => id),
    ),
    nearest: nearest.map((other) => ({ ...other, id: other.id as number })),
    suggestion: suggestion && ({ ...suggestion } satisfies LabelVote),
  };
}

/** From an address. */
export function toClusterId(id: number): ClusterId {
  return id as ClusterId;
}

function viewed(gallery: Gallery, ids: (ItemId | undefined)[]): z.output<typeof exampleView>[] {
  return ids.flatMap((id) => {
    const item = id === undefined ? undefined : gallery.item(id);
    return item ? [viewExample(gallery.name, item)] : [];
  });
}
