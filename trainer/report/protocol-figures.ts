/** Everything that a report says about one protocol, from the vectors: numbers only, no pictures. */
import { FEWEST_POINTS, umap } from '../../retrieval/map/umap.ts';
import {
  type Answers,
  type ClassRecall,
  type Confusion,
  classRecalls,
  confusions,
} from '../../retrieval/metrics/class-figures.ts';
import { nearestNeighbours } from '../../retrieval/metrics/nearest-neighbours.ts';
import type { LongWork } from '../../retrieval/progress.ts';
import { seededRandom, shuffled } from '../../retrieval/random.ts';
import type { Embeddings } from '../../retrieval/report/judged.ts';
import {
  type JudgedPairs,
  pairSimilarities,
  similarityFigures,
} from '../../retrieval/report/pair-similarities.ts';
import type { Judged } from './run-report.ts';
import { type SampleRetrievals, sampleRetrievals } from './sample-retrievals.ts';

/** What an embedding is worth. */
export type EmbeddingFigures = JudgedPairs & { /** 0 to 1. */ recallAt1: number };

/** `points` float64 [images.length, 2] of the images at these positions. */
export type FlatMap = { images: number[]; points: Float64Array };

export type ProtocolFigures = {
  judged: Judged;
  trained: EmbeddingFigures;
  untrained?: EmbeddingFigures;
  /** From the best down. */
  classes: ClassRecall[];
  /** From the most often down. */
  confusions: Confusion[];
  retrievals: SampleRetrievals;
  /** Absent where there are too few images for one. */
  map?: FlatMap;
};

const NEIGHBOURS = 6;
/** More images than this would cover each other. */
const MOST_MAPPED = 2000;

/** Throws `interrupted`. */
export async function protocolFigures(
  judged: Judged,
  seed: number,
  work: LongWork = {},
): Promise<ProtocolFigures> {
  const { images, queries, references = queries, untrained } = judged;
  const neighbours = await search(judged, judged, NEIGHBOURS, work);
  const { k, indices } = neighbours;
  const asked = queries.map((query) => images[query].label);
  const answered = queries.map((_, row) => images[references[indices[row * k]]].label);
  const map = await flatMap(judged, seed, work);
  return {
    judged,
    trained: figuresOf(judged, judged, { asked, answered }, seed),
    ...(untrained && { untrained: await untrainedFigures(judged, untrained, asked, seed, work) }),
    classes: classRecalls({ asked, answered }),
    confusions: confusions({ asked, answered }),
    retrievals: sampleRetrievals(judged, neighbours, seededRandom(seed, 'retrievals')),
    ...(map && { map }),
  };
}

async function untrainedFigures(
  judged: Judged,
  untrained: Embeddings,
  asked: string[],
  seed: number,
  work: LongWork,
): Promise<EmbeddingFigures> {
  const { images, queries, references = queries } = judged;
  const { indices } = await search(judged, untrained, 1, work);
  const answered = queries.map((_, row) => images[references[indices[row]]].label);
  return figuresOf(judged, untrained, { asked, answered }, seed);
}

function figuresOf(
  judged: Judged,
  embeddings: Embeddings,
  { asked, answered }: Answers,
  seed: number,
): EmbeddingFigures {
  const pairs = pairSimilarities(judged, embeddings, seed);
  const similarity = similarityFigures(pairs);
  const hits = asked.filter((label, query) => label === answered[query]).length;
  return { recallAt1: hits / asked.length, pairs, ...(similarity && { similarity }) };
}

function search({ queries, references }: Judged, embeddings: Embeddings, k: number, { signal }: LongWork) {
  const sets = {
    queries: rowsAt(embeddings, queries),
    dim: embeddings.dim,
    ...(references && { references: rowsAt(embeddings, references) }),
  };
  return nearestNeighbours(sets, k, signal && { signal });
}

async function flatMap(judged: Judged, seed: number, work: LongWork): Promise<FlatMap | undefined> {
  const { queries, dim } = judged;
  if (queries.length < FEWEST_POINTS || dim < 2) return undefined;
  const drawn = shuffled(queries, seededRandom(seed, 'map', 'images')).slice(0, MOST_MAPPED);
  const images = queries.length > MOST_MAPPED ? drawn : [...queries];
  return { images, points: await umap({ vectors: rowsAt(judged, images), dim }, seed, work) };
}

function rowsAt({ vectors, dim }: Embeddings, rows: readonly number[]): Float32Array {
  const gathered = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    gathered.set(vectors.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  return gathered;
}
