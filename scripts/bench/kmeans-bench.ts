/** The bench `kmeans`: k-means on the sphere against faiss's, in turns: how long, and how near the vectors lie to centroids. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { K_MEANS_DEFAULTS, kMeans } from '../../retrieval/cluster/k-means.ts';
import { clusteredVectors } from '../../retrieval/index/clustered-vectors.test-helper.ts';
import { openProducts, type Products } from '../../retrieval/matrix/open-products.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import type { Claim, Finding } from './finding.ts';
import { inPairs, medianRatio, quantile, timed } from './in-pairs.ts';
import { type Peer, startPeer } from './peer.ts';

export type KMeansBench = {
  /** Vectors to cluster. */
  count: number;
  dim: number;
  k: number;
  iterations: number;
  restarts: number;
  rounds: number;
  threads: number;
  seed: number;
};

export const K_MEANS_BENCH_DEFAULTS: KMeansBench = {
  count: 100_000,
  dim: 128,
  k: 1000,
  ...K_MEANS_DEFAULTS,
  rounds: 3,
  threads: 2,
  seed: 1,
};

/** The vectors lie in so many times k groups, each so far beside its middle at length 1: no k centroids fit them all. */
const GROUPS_PER_CLUSTER = 3;
const SPREAD = 1.2;

const TIME_BAR = 1.5;
const OBJECTIVE_BAR = 0.995;

type Data = { vectors: Float32Array; dim: number; folder: string };

export async function kMeansBench(options: KMeansBench, work: LongWork = {}): Promise<Finding> {
  const { count, dim, k, seed, threads } = options;
  const { vectors } = clusteredVectors(count, dim, GROUPS_PER_CLUSTER * k, SPREAD, seed);
  const folder = await mkdtemp(join(tmpdir(), 'sinter-bench-'));
  const products = await openProducts({ threads });
  const peer = await startPeer('faiss_kmeans.py');
  try {
    const data: Data = { vectors, dim, folder };
    if ('absent' in peer) return await findingAlone(data, options, products, peer.absent, work);
    await writeFile(join(folder, 'vectors.f32'), vectors);
    await peer.ask({ do: 'load', file: join(folder, 'vectors.f32'), dim, threads });
    return await findingInPairs(data, options, products, peer, work);
  } finally {
    if ('close' in peer) peer.close();
    await products.close();
    await rm(folder, { recursive: true });
  }
}

async function findingInPairs(
  data: Data,
  options: KMeansBench,
  products: Products,
  peer: Peer,
  work: LongWork,
): Promise<Finding> {
  const { k, iterations, restarts, seed, rounds } = options;
  const cohesions = { ours: [] as number[], theirs: [] as number[] };
  const done: number[] = [];
  const file = join(data.folder, 'centroids.f32');
  const pairs = await inPairs(
    'clustering',
    rounds,
    (round) =>
      timed(async () => {
        const found = await kMeans(data, { k, iterations, restarts, seed: seed + round }, products);
        cohesions.ours.push(await cohesionOf(data, found.centroids, products));
        done.push(found.iterations);
      }),
    async (round) => {
      const question = { do: 'cluster', k, iterations, restarts, seed: seed + round, file };
      const { ms } = await peer.ask<{ ms: number }>(question);
      const bytes = await readFile(file);
      cohesions.theirs.push(
        await cohesionOf(data, new Float32Array(Uint8Array.from(bytes).buffer), products),
      );
      return ms;
    },
    work,
  );
  const ratio = medianRatio(pairs);
  const objective = medianRatio(cohesions);
  const claims: Claim[] = [
    { what: 'time of a clustering, ours ÷ theirs', value: ratio, atMost: TIME_BAR },
    { what: 'mean cosine to the centroid, ours ÷ theirs', value: objective, atLeast: OBJECTIVE_BAR },
  ];
  const figures = {
    seconds: quantile(pairs.ours, 0.5) / 1000,
    'seconds, peer': quantile(pairs.theirs, 0.5) / 1000,
    'mean cosine': quantile(cohesions.ours, 0.5),
    'mean cosine, peer': quantile(cohesions.theirs, 0.5),
    'iterations, at most': iterations,
    'iterations, done': quantile(done, 0.5),
  };
  return { bench: 'kmeans', peer: peer.name, ratio, claims, figures };
}

async function findingAlone(
  data: Data,
  { k, iterations, restarts, seed }: KMeansBench,
  products: Products,
  absent: string,
  work: LongWork,
): Promise<Finding> {
  let cohesion = 0;
  const ms = await timed(async () => {
    const found = await kMeans(data, { k, iterations, restarts, seed }, products, work);
    cohesion = await cohesionOf(data, found.centroids, products);
  });
  const figures = { seconds: ms / 1000, 'mean cosine': cohesion };
  return { bench: 'kmeans', peer: 'faiss', skipped: absent, ratio: null, claims: [], figures };
}

/** By the same measure for both sides: the mean cosine of a vector and the nearest of the centroids. */
async function cohesionOf(
  { vectors, dim }: Data,
  centroids: Float32Array,
  products: Products,
): Promise<number> {
  const { similarities } = await products.assign(vectors, centroids, dim);
  let sum = 0;
  for (const similarity of similarities) sum += similarity;
  return sum / similarities.length;
}
