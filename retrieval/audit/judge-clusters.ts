/** How well the classes come out as clusters of the embeddings: the paper's NMI, and what others prefer to it. */
import { kMeans } from '../cluster/k-means.ts';
import { sharedProducts } from '../matrix/shared-products.ts';
import {
  type ClusterSample,
  clusterFigures,
  type Figure,
  sampleClusters,
} from '../metrics/cluster-figures.ts';
import type { LongWork } from '../progress.ts';
import { seededRandom } from '../random.ts';
import { type EmbeddedSides, labelsOf } from './embed-sides.ts';

export type ClusterOptions = {
  /** Decides where k-means begins, and the resamples. */
  seed?: number;
  /** Beginnings, of which the best is kept; default 10, beyond MANY images 1, as the paper has it. */
  restarts?: number;
};

export type ClusterJudgement = {
  /** As many clusters as the queries have classes. */
  clusters: number;
  restarts: number;
  /** By name: `nmi` (geometric mean, as in the paper), `nmi-arithmetic`, `ami`, `pairwise-f1`. */
  figures: Record<string, Figure>;
  /** What the figures are from: with another model's of the same images and seed, their differences. */
  sample: ClusterSample;
};

const RESTARTS = 10;
/** The paper takes one beginning for Stanford Online Products alone, whose test set is of 60,502 images. */
const MANY = 20_000;

/** Clusters the queries by k-means on the sphere, K the number of their classes. Throws `interrupted`. */
export async function judgeClusters(
  { dim, queries }: EmbeddedSides,
  { seed = 1, restarts = queries.images.length > MANY ? 1 : RESTARTS }: ClusterOptions = {},
  work: LongWork = {},
): Promise<ClusterJudgement> {
  const labels = labelsOf(queries);
  const k = new Set(labels).size;
  const { clusters } = await kMeans(
    { vectors: queries.vectors, dim },
    { k, seed, restarts },
    await sharedProducts(),
    work,
  );
  const random = seededRandom(seed, 'clusters', 'resamples');
  const sample = await sampleClusters(labels, Array.from(clusters), random, work);
  return { clusters: k, restarts, figures: clusterFigures(sample), sample };
}
