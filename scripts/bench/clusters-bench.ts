/** The bench `clusters`: how well the clusters of a labelled gallery are its labels, by density beside k-means with the true k. */
import { type ClusterMethod, findClusters } from '../../retrieval/cluster/find-clusters.ts';
import type { UnitVectors } from '../../retrieval/cluster/unit-vectors.ts';
import { SinterError } from '../../retrieval/errors.ts';
import { openGallery } from '../../retrieval/gallery/gallery.ts';
import type { Gallery } from '../../retrieval/gallery/item.ts';
import { sharedProducts } from '../../retrieval/matrix/shared-products.ts';
import { contingency } from '../../retrieval/metrics/contingency.ts';
import {
  adjustedMutualInformation,
  normalizedMutualInformation,
} from '../../retrieval/metrics/mutual-information.ts';
import { type LongWork, stopIfAborted } from '../../retrieval/progress.ts';
import type { Finding } from './finding.ts';
import { timed } from './in-pairs.ts';

export type ClustersBench = { gallery: string; indexData: string; restarts: number; seed: number };

/** Sizes and selections of density clusters that are tried. */
const DENSITIES = [3, 5, 8].flatMap((minClusterSize) =>
  (['excess-of-mass', 'leaves'] as const).map((selection) => ({ minClusterSize, selection })),
);

export async function clustersBench(
  { gallery: name, indexData, restarts, seed }: ClustersBench,
  work: LongWork = {},
): Promise<Finding> {
  const gallery = await openGallery({ folder: indexData, name });
  try {
    const { labels, ...set } = await labelledEmbeddings(gallery);
    const k = new Set(labels).size;
    const figures: Finding['figures'] = { items: labels.length, labels: k };
    const methods: [string, ClusterMethod][] = [
      ['k-means, true k', { name: 'k-means', k, seed, restarts }],
      ['k-means, k chosen', { name: 'k-means', seed, restarts }],
      ...DENSITIES.map((options): [string, ClusterMethod] => [
        `density, ${options.minClusterSize}, ${options.selection}`,
        { name: 'density', minSamples: 2, ...options },
      ]),
    ];
    for (const [i, [told, method]] of methods.entries()) {
      work.onProgress?.({ stage: 'clustering', done: i, total: methods.length, note: told });
      stopIfAborted(work.signal);
      figures[told] = await describe(set, labels, method);
    }
    return { bench: 'clusters', peer: 'k-means with the true k', ratio: null, claims: [], figures };
  } finally {
    await gallery.close();
  }
}

async function labelledEmbeddings(gallery: Gallery): Promise<UnitVectors & { labels: string[] }> {
  const labelOf = new Map([...gallery.items()].map(({ id, label }) => [id, label]));
  const labels: string[] = [];
  const rows: Float32Array[] = [];
  const { dim } = gallery.model;
  for await (const { ids, vectors } of gallery.embeddings()) {
    ids.forEach((id, i) => {
      const label = labelOf.get(id);
      if (typeof label !== 'string') return;
      labels.push(label);
      rows.push(vectors.subarray(i * dim, (i + 1) * dim));
    });
  }
  if (labels.length === 0)
    throw new SinterError('bad-data', `Gallery ${gallery.name} has no labelled items.`);
  const vectors = new Float32Array(labels.length * dim);
  rows.forEach((row, i) => {
    vectors.set(row, i * dim);
  });
  return { vectors, dim, labels };
}

/** An item in no cluster counts as a cluster of its own; `covered` is the share of the others. */
async function describe(set: UnitVectors, labels: string[], method: ClusterMethod): Promise<string> {
  let members = new Int32Array();
  let count = 0;
  const ms = await timed(async () => {
    const found = await findClusters(set, method, await sharedProducts());
    members = Int32Array.from(found.members);
    count = found.clusters.length;
  });
  const table = contingency(
    labels,
    Array.from(members, (cluster, i) => (cluster < 0 ? count + i : cluster)),
  );
  const covered = members.filter((cluster) => cluster >= 0).length / members.length;
  return [
    `NMI ${normalizedMutualInformation(table, 'geometric').toFixed(3)}`,
    `AMI ${adjustedMutualInformation(table).toFixed(3)}`,
    `${count} clusters`,
    `${(100 * covered).toFixed(0)}% covered`,
    `${(ms / 1000).toFixed(1)} s`,
  ].join(', ');
}
