/** What smaller embeddings would cost: fewer dimensions, and coarser numbers, judged by the same search. */

import { bootstrapMeans } from '../metrics/bootstrap.ts';
import { queryFigures } from '../metrics/query-figures.ts';
import { hitsAt } from '../metrics/recall.ts';
import type { LongWork } from '../progress.ts';
import { seededRandom } from '../random.ts';
import type { Difference } from './compare.ts';
import { verdictOf } from './compare.ts';
import { type EmbeddedSides, labelledVectors } from './embed-sides.ts';
import { type Projection, prefix, principalProjection } from './principal-projection.ts';
import { toBinary, toInt8 } from './quantize.ts';

export type Ablation = {
  name: string;
  /** Of a vector in an index. */
  bytes: number;
  recallAt1: number;
  /** Against the whole embedding, paired. */
  difference: Difference;
};

/** Fewer dimensions than this are no embedding of images any more. */
const FEWEST = 8;
const HALVINGS = 3;
/** The principal axes of more take too long to find. */
const MOST_FOR_AXES = 1024;

type Vectors = { queries: Float32Array; references: Float32Array; dim: number };
type Variant = { name: string; bytes: number; apply: (vectors: Vectors) => Vectors };

/**
 * Recall@1 with the first half, quarter and eighth of the dimensions, of the principal ones likewise, and with the
 * references kept as int8 or as signs, queries staying as they are. Throws `interrupted`.
 */
export async function ablate(sides: EmbeddedSides, seed = 1, work: LongWork = {}): Promise<Ablation[]> {
  const set = labelledVectors(sides);
  const whole: Vectors = { queries: set.queries, references: set.references ?? set.queries, dim: set.dim };
  const silent = work.signal ? { signal: work.signal } : {};
  const search = async ({ queries, references, dim }: Vectors) => {
    const labels = { queryLabels: set.queryLabels, referenceLabels: set.referenceLabels ?? set.queryLabels };
    const leaveOutItself = set.references === undefined;
    const compared = { queries, references, dim, leaveOutItself, ...labels };
    return hitsAt(await queryFigures(compared, { ks: [1] }, silent), 1);
  };
  const full = await search(whole);
  const ablations: Ablation[] = [];
  const variants = variantsOf(whole, seed);
  for (const { name, bytes, apply } of variants) {
    const hits = await search(apply(whole));
    const lost = hits.map((hit, query) => hit - (full[query] as number));
    const [recall, change] = await bootstrapMeans([hits, lost], seededRandom(seed, 'ablation'), silent);
    if (!recall || !change) continue;
    const { mean, low, high } = change;
    ablations.push({
      name,
      bytes,
      recallAt1: recall.mean,
      difference: { value: mean, low, high, verdict: verdictOf(low, high) },
    });
    work.onProgress?.({ stage: 'trying smaller embeddings', done: ablations.length, total: variants.length });
  }
  return ablations;
}

function variantsOf(whole: Vectors, seed: number): Variant[] {
  const { dim } = whole;
  const dims = Array.from({ length: HALVINGS }, (_, i) => dim >> (i + 1)).filter((some) => some >= FEWEST);
  const project = (projection: Projection) => (vectors: Vectors) => ({
    queries: projection(vectors.queries),
    references: projection(vectors.references),
  });
  const plain = dims.map((some) => ({
    name: `first ${some} of ${dim} dimensions`,
    bytes: 4 * some,
    apply: (vectors: Vectors) => ({ ...project(prefix(dim, some))(vectors), dim: some }),
  }));
  const axes =
    dim <= MOST_FOR_AXES && dims.length > 0 ? principalProjection(whole.references, dim, seed) : undefined;
  const principal = dims.flatMap((some) =>
    axes
      ? [
          {
            name: `${some} principal of ${dim} dimensions`,
            bytes: 4 * some,
            apply: (vectors: Vectors) => ({ ...project(axes(some))(vectors), dim: some }),
          },
        ]
      : [],
  );
  return [
    ...plain,
    ...principal,
    {
      name: 'int8',
      bytes: dim,
      apply: (vectors) => ({ ...vectors, references: toInt8(vectors.references) }),
    },
    {
      name: 'signs, a bit each',
      bytes: Math.ceil(dim / 8),
      apply: (vectors) => ({ ...vectors, references: toBinary(vectors.references, dim) }),
    },
  ];
}
