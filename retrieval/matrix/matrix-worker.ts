/**
 * The inside of a thread that compares vectors: the references and a session of ONNX Runtime, which has the fastest matrix
 * product at hand and blocks its thread while it runs. Knows nothing of blocks, labels and other threads.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { answerCalls, Moved } from '../threads/call.ts';
import { largestGraph, nearestGraph, outsidersGraph } from './nearest-graph.ts';
import { isSettled, type Rows, settleTies } from './settle-ties.ts';

/** [q, k] both, nearest first; −1 where there is no further reference. */
export type Nearest = { indices: Int32Array<ArrayBuffer>; similarities: Float32Array<ArrayBuffer> };

/** So many candidates more than asked for are looked at first, so that few queries need a second look. */
const SPARE = 16;
const MORE = 4;

/** References, with a group for each where outsiders are asked for. */
type References = Rows & { groups?: Int32Array };

/** Smaller than any product: what a reference of the query's own group counts as. */
const NEVER = Float32Array.of(-Infinity);

let sessions: { nearest: InferenceSession; largest: InferenceSession; outsiders: InferenceSession };
const sets = new Map<number, References>();

const methods = {
  async open(): Promise<void> {
    sessions = {
      nearest: await openSession(nearestGraph()),
      largest: await openSession(largestGraph()),
      outsiders: await openSession(outsidersGraph()),
    };
  },
  /** Keeps references under a number, until they are dropped. */
  keep(set: number, vectors: Float32Array, dim: number, groups?: Int32Array): void {
    sets.set(set, { vectors, dim, ...(groups && { groups }) });
  },
  drop(set: number): void {
    sets.delete(set);
  },
  /** The nearest reference of each query in single precision: fast, but near ties may fall either way. */
  async largest(set: number, queries: Float32Array): Promise<Moved<Nearest>> {
    return moved(await run(sessions.largest, queries, referencesOf(set)));
  },
  /** The `k` nearest of each query among the references of other groups than its own, in single precision. */
  async outsiders(
    set: number,
    queries: Float32Array,
    groups: Int32Array,
    k: number,
  ): Promise<Moved<Nearest>> {
    const references = referencesOf(set);
    const others = references.groups as Int32Array;
    const nearest = await run(sessions.outsiders, queries, references, {
      k: wholeNumber(k),
      never: new Tensor('float32', NEVER, [1]),
      queryGroups: new Tensor('int32', groups, [groups.length, 1]),
      referenceGroups: new Tensor('int32', others, [1, others.length]),
    });
    nearest.similarities.forEach((similarity, i) => {
      if (similarity === -Infinity) nearest.indices[i] = -1;
    });
    return moved(nearest);
  },
  /**
   * The `k` nearest of each query, in the order of double precision, ties by lower index.
   * @param itself the first query's index among the references, where queries are no neighbours of themselves.
   */
  async neighbours(set: number, vectors: Float32Array, k: number, itself?: number): Promise<Moved<Nearest>> {
    const references = referencesOf(set);
    const queries = { vectors, dim: references.dim };
    const nearest = emptyNearest((vectors.length / queries.dim) * k);
    const rows = Array.from({ length: vectors.length / queries.dim }, (_, row) => row);
    const wanted = k + SPARE + (itself === undefined ? 0 : 1);
    await settle({ nearest, queries, references, k, itself }, rows, wanted);
    return moved(nearest);
  },
};
export type MatrixMethods = typeof methods;

answerCalls(methods);

type Search = { nearest: Nearest; queries: Rows; references: Rows; k: number; itself: number | undefined };

/** Fills the neighbours of `rows`; those that near ties leave open are looked at again among more candidates. */
async function settle(search: Search, rows: number[], wanted: number): Promise<void> {
  const { nearest, queries, references, k, itself } = search;
  const total = references.vectors.length / references.dim;
  const count = Math.min(wanted, total);
  const { indices, similarities } = await compare(rowsOf(queries, rows), references, count);
  const open = rows.filter((row, i) => {
    const start = i * count;
    const left = itself === undefined ? count : leaveOut(itself + row, indices, similarities, start, count);
    const candidates = { indices, similarities, start, count: left };
    if (count < total && !isSettled(candidates, k, queries.dim)) return true;
    settleTies(candidates, row, queries, references);
    const end = start + Math.min(k, left);
    nearest.indices.set(indices.subarray(start, end), row * k);
    nearest.similarities.set(similarities.subarray(start, end), row * k);
    return false;
  });
  if (open.length > 0) await settle(search, open, count * MORE);
}

function compare(queries: Float32Array, references: Rows, k: number): Promise<Nearest> {
  return run(sessions.nearest, queries, references, { k: wholeNumber(k) });
}

async function run(
  session: InferenceSession,
  queries: Float32Array,
  { vectors, dim }: Rows,
  more: Record<string, Tensor> = {},
): Promise<Nearest> {
  const output = await session.run({
    queries: new Tensor('float32', queries, [queries.length / dim, dim]),
    references: new Tensor('float32', vectors, [vectors.length / dim, dim]),
    ...more,
  });
  return {
    indices: new Int32Array(output.indices?.data as Int32Array),
    similarities: new Float32Array(output.similarities?.data as Float32Array),
  };
}

function openSession(graph: Uint8Array): Promise<InferenceSession> {
  return InferenceSession.create(graph, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
}

function wholeNumber(value: number): Tensor {
  return new Tensor('int64', BigInt64Array.of(BigInt(value)), [1]);
}

function referencesOf(set: number): References {
  const references = sets.get(set);
  if (references) return references;
  throw new Error(`Expected the references ${set} in this thread; they are not there. This is a bug.`);
}

/** Takes a reference out of a row of candidates, and answers how many are left. */
function leaveOut(
  reference: number,
  indices: Int32Array,
  similarities: Float32Array,
  start: number,
  count: number,
): number {
  const end = start + count;
  const place = indices.subarray(start, end).indexOf(reference);
  if (place < 0) return count;
  indices.copyWithin(start + place, start + place + 1, end);
  similarities.copyWithin(start + place, start + place + 1, end);
  return count - 1;
}

function rowsOf({ vectors, dim }: Rows, rows: number[]): Float32Array {
  if (rows.length * dim === vectors.length) return vectors;
  const chosen = new Float32Array(rows.length * dim);
  rows.forEach((row, i) => {
    chosen.set(vectors.subarray(row * dim, (row + 1) * dim), i * dim);
  });
  return chosen;
}

function emptyNearest(length: number): Nearest {
  return { indices: new Int32Array(length).fill(-1), similarities: new Float32Array(length).fill(-Infinity) };
}

function moved(nearest: Nearest): Moved<Nearest> {
  return new Moved(nearest, [nearest.indices.buffer, nearest.similarities.buffer]);
}
