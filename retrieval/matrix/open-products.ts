/**
 * Compares whole sets of vectors in worker threads, exactly and block by block: the neighbours that metrics are computed
 * from, and the nearest centroid of every vector. Not for serving: an index answers one query, this compares all with all.
 */
import { SinterError } from '../errors.ts';
import { type LongWork, stopIfAborted } from '../progress.ts';
import { WorkerThread } from '../threads/call.ts';
import { usableCores } from '../threads/usable-cores.ts';
import type { MatrixMethods, Nearest } from './matrix-worker.ts';

/** Unit vectors, float32 [n, dim], row by row. Without `references` the queries are searched among each other, each without itself. */
export type VectorSets = {
  queries: Float32Array;
  references?: Float32Array;
  dim: number;
  /** Reference i is of the same image as query i, and no neighbour of it. */
  leaveOutItself?: boolean;
};

type Outsiders = Required<Omit<VectorSets, 'leaveOutItself'>>;

/** Neighbours of queries `from` to `from + count - 1`, [count, k]: nearest first, ties by lower index. */
export type NeighbourBlock = {
  from: number;
  count: number;
  k: number;
  indices: Int32Array;
  similarities: Float32Array;
};

export type Comparisons = {
  /**
   * The min(k, references) nearest of each query by cosine, in blocks of ascending queries: however large k is, no more
   * than a few blocks are in memory. Products are computed in single precision, and settled in double where it matters.
   * Throws `bad-input` for lengths that do not fit and `interrupted`.
   */
  neighbours(sets: VectorSets, k: number, work?: LongWork): AsyncGenerator<NeighbourBlock>;
  /**
   * For each vector the centroid with the largest product, the lower of equal ones, and that product; both [n].
   * In single precision: of two centroids closer than that, either.
   */
  assign(
    vectors: Float32Array,
    centroids: Float32Array,
    dim: number,
    work?: LongWork,
  ): Promise<{ indices: Int32Array; similarities: Float32Array }>;
  /**
   * The min(k, references) nearest of each query among the references of other groups than its own, in blocks like
   * `neighbours`; −1 at a similarity of −∞ where a query has no more. A group a vector; in single precision.
   */
  outsiders(
    sets: Outsiders,
    groups: { queries: Int32Array; references: Int32Array },
    k: number,
    work?: LongWork,
  ): AsyncGenerator<NeighbourBlock>;
};

export type Products = Comparisons & {
  /** Ends the threads. */
  close(): Promise<void>;
};

export type ProductsOptions = {
  /** Worker threads; the cores of the machine, at most 8. */ threads?: number;
};

const WORKER = import.meta.url.endsWith('.ts') ? './matrix-worker.ts' : './matrix-worker.js';
const MOST_THREADS = 8;

/** Products of one block: 32 MB in a thread. */
const MOST_PRODUCTS = 2 ** 23;
const MOST_ROWS = 1024;
/** Blocks that a thread has at hand, so that it never waits for the next one. */
const IN_FLIGHT = 2;

/** Starts the threads, each with a session of ONNX Runtime of its own. */
export async function openProducts({
  threads = Math.min(usableCores, MOST_THREADS),
}: ProductsOptions = {}): Promise<Products> {
  const url = new URL(WORKER, import.meta.url);
  const workers = Array.from({ length: threads }, () => new WorkerThread<MatrixMethods>(url));
  const close = async () => {
    await Promise.all(workers.map((worker) => worker.close()));
  };
  try {
    await Promise.all(workers.map((worker) => worker.call('open', [])));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    neighbours: (sets, k, work) => neighbours(workers, sets, k, work),
    outsiders: (sets, groups, k, work) => outsiders(workers, sets, groups, k, work),
    assign: (vectors, centroids, dim, work) => assign(workers, vectors, centroids, dim, work),
    close,
  };
}

type Workers = readonly WorkerThread<MatrixMethods>[];

async function* neighbours(
  workers: Workers,
  { queries, references, dim, leaveOutItself = references === undefined }: VectorSets,
  wanted: number,
  work: LongWork = {},
): AsyncGenerator<NeighbourBlock> {
  const total = rowsOf(queries, dim, 'queries');
  const others = rowsOf(references ?? queries, dim, 'references') - Number(leaveOutItself);
  const k = Math.max(0, Math.min(wanted, others));
  if (k === 0) {
    yield { from: 0, count: total, k, indices: new Int32Array(), similarities: new Float32Array() };
    return;
  }
  const ask: Ask = (worker, set, block, from) =>
    worker.call('neighbours', leaveOutItself ? [set, block, k, from] : [set, block, k], [block.buffer]);
  const kept = { vectors: references ?? queries, dim };
  for await (const { from, count, nearest } of inBlocks(workers, queries, kept, ask, work))
    yield { from, count, k, ...nearest };
}

async function* outsiders(
  workers: Workers,
  { queries, references, dim }: Outsiders,
  groups: { queries: Int32Array; references: Int32Array },
  wanted: number,
  work: LongWork = {},
): AsyncGenerator<NeighbourBlock> {
  const k = Math.min(wanted, rowsOf(references, dim, 'references'));
  const kept = { vectors: references, dim, groups: groups.references };
  const ask: Ask = (worker, set, block, from) => {
    const own = groups.queries.slice(from, from + block.length / dim);
    return worker.call('outsiders', [set, block, own, k], [block.buffer, own.buffer]);
  };
  for await (const { from, count, nearest } of inBlocks(workers, queries, kept, ask, work))
    yield { from, count, k, ...nearest };
}

async function assign(
  workers: Workers,
  vectors: Float32Array,
  centroids: Float32Array,
  dim: number,
  work: LongWork = {},
) {
  rowsOf(centroids, dim, 'centroids');
  const total = rowsOf(vectors, dim, 'vectors');
  const indices = new Int32Array(total);
  const similarities = new Float32Array(total);
  const ask: Ask = (worker, set, block) => worker.call('largest', [set, block], [block.buffer]);
  for await (const { from, nearest } of inBlocks(workers, vectors, { vectors: centroids, dim }, ask, work)) {
    indices.set(nearest.indices, from);
    similarities.set(nearest.similarities, from);
  }
  return { indices, similarities };
}

type Ask = (
  worker: Workers[number],
  set: number,
  block: Float32Array<ArrayBuffer>,
  from: number,
) => Promise<Nearest>;
type References = { vectors: Float32Array; dim: number; groups?: Int32Array };
type Asked = { from: number; count: number; answer: Promise<Nearest> };

/** Numbers of sets of references, none used twice: comparisons may run side by side. */
let sets = 0;

/** Hands blocks of rows to the threads in turn, and yields what they answer in the order of the rows. */
async function* inBlocks(
  workers: Workers,
  vectors: Float32Array,
  references: References,
  ask: Ask,
  { onProgress, signal }: LongWork,
): AsyncGenerator<{ from: number; count: number; nearest: Nearest }> {
  const { dim } = references;
  const total = vectors.length / dim;
  const rows = rowsOfBlock(references.vectors.length / dim);
  const set = sets++;
  const askFor = (from: number): Asked => {
    const block = vectors.slice(from * dim, (from + rows) * dim);
    const count = block.length / dim;
    const answer = ask(workers[(from / rows) % workers.length] as Workers[number], set, block, from);
    // Whoever waits for it is told; until then a failure must not pass for one that nobody handles.
    answer.catch(() => {});
    return { from, count, answer };
  };
  const asked: Asked[] = [];
  let next = 0;
  try {
    await keepReferences(workers, set, references);
    for (let done = 0; done < total; ) {
      stopIfAborted(signal);
      for (; next < total && asked.length < IN_FLIGHT * workers.length; next += rows)
        asked.push(askFor(next));
      const { from, count, answer } = asked.shift() as Asked;
      const nearest = await answer;
      done += count;
      onProgress?.({ stage: 'comparing', done, total });
      yield { from, count, nearest };
    }
  } finally {
    await Promise.allSettled(workers.map((worker) => worker.call('drop', [set])));
  }
}

function rowsOfBlock(references: number): number {
  return Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_PRODUCTS / Math.max(1, references))));
}

/** Every thread gets a copy: a matrix product cannot read memory that threads share. */
async function keepReferences(
  workers: Workers,
  set: number,
  { vectors, dim, groups }: References,
): Promise<void> {
  await Promise.all(
    workers.map((worker) => {
      const copy = vectors.slice();
      return worker.call('keep', [set, copy, dim, groups], [copy.buffer]);
    }),
  );
}

function rowsOf(vectors: Float32Array, dim: number, name: string): number {
  const rows = vectors.length / dim;
  if (Number.isInteger(rows)) return rows;
  throw new SinterError(
    'bad-input',
    `Expected \`${name}\` to be rows of ${dim} numbers; got ${vectors.length} numbers.`,
  );
}
