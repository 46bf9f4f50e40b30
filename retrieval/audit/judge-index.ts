/** What a search loses by not comparing with everything: how many of the true neighbours HNSW finds, at several settings. */
import { type HnswIndex, openHnswIndex } from '../index/hnsw.ts';
import type { Slot } from '../index/vector-index.ts';
import { sharedProducts } from '../matrix/shared-products.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import { type Random, seededRandom, shuffled } from '../random.ts';
import type { EmbeddedSides } from './embed-sides.ts';

export type IndexJudgement = {
  /** Neighbours that are looked for, itself not counted. */
  k: number;
  /** Queries that were searched, drawn by chance where there are more. */
  queries: number;
  vectors: number;
  rows: {
    /** Candidates weighed by a search; an index raises it by itself to twice the neighbours that it is asked for. */
    efSearch: number;
    /** Share of the true k nearest that were found, 0 to 1. */
    recall: number;
    msPerQuery: number;
  }[];
};

const K = 10;
const EFS = [25, 50, 100, 200, 400];
const MOST_QUERIES = 2000;
const INSERTS_AT_ONCE = 1000;

/** Builds an index of the references with the settings of galleries and searches it. Throws `interrupted`. */
export async function judgeIndex(
  { dim, queries, references = queries }: EmbeddedSides,
  seed = 1,
  work: LongWork = {},
): Promise<IndexJudgement> {
  const chosen = drawn(queries.images.length, seededRandom(seed, 'index'));
  const asked = rowsAt(queries.vectors, dim, chosen);
  const itself = references === queries ? chosen : undefined;
  const truth = await nearest(asked, references.vectors, dim, itself);
  const index = await openHnswIndex({ dim });
  try {
    await fill(index, references.vectors, work);
    const rows: IndexJudgement['rows'] = [];
    for (const efSearch of EFS) {
      await index.setEfSearch(efSearch);
      rows.push({ efSearch, ...(await search(index, asked, truth, itself)) });
      work.onProgress?.({ stage: 'searching the index', done: rows.length, total: EFS.length });
      stopIfAborted(work.signal);
    }
    return { k: K, queries: chosen.length, vectors: references.images.length, rows };
  } finally {
    await index.close();
  }
}

/** Rows of the true neighbours of each query, itself left out. */
async function nearest(
  queries: Float32Array,
  references: Float32Array,
  dim: number,
  itself: readonly number[] | undefined,
): Promise<number[][]> {
  const { neighbours } = await sharedProducts();
  const found: number[][] = [];
  for await (const { count, k, indices } of neighbours({ queries, references, dim }, K + 1))
    for (let row = 0; row < count; row++)
      found.push(without(Array.from(indices.subarray(row * k, row * k + k)), itself?.[found.length]));
  return found;
}

async function fill(
  index: HnswIndex,
  vectors: Float32Array,
  { onProgress, signal }: LongWork,
): Promise<void> {
  const { dim } = index;
  const total = vectors.length / dim;
  for (let from = 0; from < total; from += INSERTS_AT_ONCE) {
    stopIfAborted(signal);
    const count = Math.min(INSERTS_AT_ONCE, total - from);
    const slots = Array.from({ length: count }, (_, i) => (from + i + 1) as Slot);
    await index.add(slots, vectors.slice(from * dim, (from + count) * dim));
    onProgress?.({ stage: 'building the index', done: from + count, total });
  }
}

async function search(
  index: HnswIndex,
  queries: Float32Array,
  truth: readonly number[][],
  itself: readonly number[] | undefined,
): Promise<{ recall: number; msPerQuery: number }> {
  let [shared, wanted, ms] = [0, 0, 0];
  for (const [query, rows] of truth.entries()) {
    const vector = queries.slice(query * index.dim, (query + 1) * index.dim);
    const start = performance.now();
    const found = await index.search(vector, K + 1);
    ms += performance.now() - start;
    const got = new Set(
      without(
        found.map(({ slot }) => slot - 1),
        itself?.[query],
      ),
    );
    shared += rows.filter((row) => got.has(row)).length;
    wanted += rows.length;
  }
  return { recall: shared / wanted, msPerQuery: ms / truth.length };
}

/** The first K that are not the query itself. */
function without(rows: readonly number[], itself: number | undefined): number[] {
  return rows.filter((row) => row !== itself).slice(0, K);
}

function drawn(count: number, random: Random): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  return count <= MOST_QUERIES ? all : shuffled(all, random).slice(0, MOST_QUERIES);
}

function rowsAt(vectors: Float32Array, dim: number, rows: readonly number[]): Float32Array {
  const gathered = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    gathered.set(vectors.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  return gathered;
}
